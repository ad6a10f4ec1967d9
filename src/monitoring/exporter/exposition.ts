import { Gauge, Registry } from "@prometheus-io/client";
import type { MetricObjectWithValues, MetricValueWithName } from "@prometheus-io/client";

import type { MetricDefinition } from "../metrics/definitions.ts";
import type { LabelValues } from "../metrics/labels.ts";
import type { SeriesValue } from "../metrics/series-value.ts";

/** A gauge in an answer. */
export interface GaugeValue {
  readonly definition: MetricDefinition;
  readonly labels: LabelValues;
  readonly value: number;
}

type Sample = MetricValueWithName<string>;

/** The type of Prometheus' text format. */
export const expositionType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Metrics as Prometheus reads them.
 *
 * @param isZero says which series are shown as 0, whatever their value is.
 */
export async function exposition(
  definitions: readonly MetricDefinition[],
  totals: Iterable<SeriesValue>,
  gauges: Iterable<GaugeValue>,
  isZero: (value: SeriesValue) => boolean,
): Promise<string> {
  const samples = new Map<MetricDefinition, Sample[]>(definitions.map((definition) => [definition, []]));
  for (const value of totals) samples.get(value.definition)?.push(...samplesOf(value, isZero(value)));
  for (const { definition, labels, value } of gauges)
    samples.get(definition)?.push({ metricName: definition.name, labels, value });
  const registry = new Registry();
  for (const [definition, values] of samples) registry.registerMetric(new AddedUp(definition, values));
  return `${(await registry.metrics()).trimEnd()}\n`;
}

function samplesOf({ definition, labels, value, distribution }: SeriesValue, isZero: boolean): Sample[] {
  const { name, buckets } = definition;
  const shown = isZero ? 0 : value;
  if (buckets === undefined) return [{ metricName: name, labels, value: shown }];
  const counts = distribution?.counts ?? [];
  let sum = 0;
  const rows = [...buckets, "+Inf"].map((bound, place): Sample => {
    sum += isZero ? 0 : (counts[place] ?? 0);
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: sum };
  });
  return [
    ...rows,
    { metricName: `${name}_sum`, labels, value: shown },
    { metricName: `${name}_count`, labels, value: sum },
  ];
}

/** A metric of the library whose values were added up elsewhere. */
class AddedUp extends Gauge<string> {
  readonly #definition: MetricDefinition;
  readonly #values: readonly Sample[];

  constructor(definition: MetricDefinition, values: readonly Sample[]) {
    const { name, help, labels } = definition;
    super({ name, help, labelNames: [...labels], registers: [] });
    this.#definition = definition;
    this.#values = values;
  }

  override async get(): Promise<MetricObjectWithValues<Sample>> {
    const { name, help, type } = this.#definition;
    return { name, help, type, aggregator: "sum", collect: () => {}, values: [...this.#values] };
  }
}
