/** The periods that columns do not name: the project's variables, see `dbt/dbt_project.yml`. */
export interface IndicatorOptions {
  readonly macd: { readonly fast: number; readonly slow: number; readonly signal: number };
  readonly bollinger: { readonly period: number; readonly deviations: number };
  readonly stochastic: { readonly period: number; readonly k: number; readonly d: number };
  /** How many bars the usual volatility is taken from. */
  readonly volatilityBaseline: number;
}

export const usualIndicatorOptions: IndicatorOptions = {
  macd: { fast: 12, slow: 26, signal: 9 },
  bollinger: { period: 20, deviations: 2 },
  stochastic: { period: 14, k: 3, d: 3 },
  volatilityBaseline: 100,
};
