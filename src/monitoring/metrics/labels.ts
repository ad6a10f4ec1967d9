import { ownMember } from "finance-feedback-delta/contract";

import type { MetricDefinition } from "./definitions.ts";

/** The values of a metric's labels, by their names in snake_case. */
export type LabelValues = Readonly<Record<string, string>>;

/** The labels of a metric in the order of its definition; one that is not given is an empty text, as Prometheus has it. */
export function orderedLabels({ labels }: MetricDefinition, values: LabelValues): LabelValues {
  return Object.fromEntries(labels.map((label) => [label, ownMember(values, label) ?? ""]));
}

/** What two series of a metric with the same labels have in common. */
export function seriesKey(definition: MetricDefinition, values: LabelValues): string {
  return JSON.stringify(orderedLabels(definition, values));
}

/** `asset_pair` as TypeScript has it: `assetPair`. */
export function camelCase(label: string): string {
  return label.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
