import { Registry } from "@prometheus-io/client";

import type { MetricDefinition } from "../metrics/definitions.ts";
import type { LabelValues } from "../metrics/labels.ts";
import type { SeriesTotals, SeriesValue } from "../metrics/series-value.ts";

/** A gauge in an answer. */
export interface GaugeValue {
  readonly definition: MetricDefinition;
  readonly labels: LabelValues;
  readonly value: number;
}

/** The type of Prometheus' text format. */
export const expositionType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** So many signs make a part, about. */
const partLength = 64 * 1024;

/**
 * Metrics as Prometheus reads them, in parts: with hundreds of assets the text has megabytes, and whoever makes it can do
 * other things between two parts. The library would make an object of each line first.
 *
 * @param isZero says which series are shown as 0, whatever their value is.
 */
export function* expositionParts(
  definitions: readonly MetricDefinition[],
  totals: Pick<SeriesTotals, "of">,
  gauges: readonly GaugeValue[],
  isZero: (value: SeriesValue) => boolean,
): Generator<string> {
  const gaugesOf = Map.groupBy(gauges, ({ definition }) => definition);
  let part = "";
  for (const [place, definition] of definitions.entries()) {
    const { name, help, type } = definition;
    part += `${place === 0 ? "" : "\n"}# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
    for (const value of totals.of(definition)) {
      part += linesOf(value, isZero(value));
      if (part.length < partLength) continue;
      yield part;
      part = "";
    }
    for (const { labels, value } of gaugesOf.get(definition) ?? []) {
      part += `${name}${braced(labelText(labels))} ${numberText(value)}\n`;
      if (part.length < partLength) continue;
      yield part;
      part = "";
    }
  }
  yield part;
}

function linesOf({ definition, labels, value, distribution }: SeriesValue, isZero: boolean): string {
  const { name, buckets } = definition;
  const own = labelText(labels);
  const shown = numberText(isZero ? 0 : value);
  if (buckets === undefined) return `${name}${braced(own)} ${shown}\n`;
  const before = own === "" ? "" : `${own},`;
  const counts = isZero ? [] : (distribution?.counts ?? []);
  let sum = 0;
  let lines = "";
  for (let place = 0; place <= buckets.length; place += 1) {
    sum += counts[place] ?? 0;
    lines += `${name}_bucket{${before}le="${String(buckets[place] ?? "+Inf")}"} ${numberText(sum)}\n`;
  }
  return `${lines}${name}_sum${braced(own)} ${shown}\n${name}_count${braced(own)} ${numberText(sum)}\n`;
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function labelText(labels: LabelValues): string {
  let text = "";
  for (const [name, value] of Object.entries(labels))
    text += `${text === "" ? "" : ","}${name}="${escaped(value).replaceAll('"', '\\"')}"`;
  return text;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value < 0 ? "-Inf" : "+Inf";
}
