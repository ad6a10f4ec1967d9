import { LakehouseError } from "finance-feedback-delta/contract";

export type MetricsErrorCode = "INVALID_ARGUMENT" | "PORT_IN_USE" | "DASHBOARD_REFUSED" | "PUSH_REFUSED";

/** A metric cannot be counted, an exporter cannot listen, or Grafana or a Pushgateway refuses what it gets. */
export class MetricsError extends LakehouseError<MetricsErrorCode> {
  override readonly name: string = "MetricsError";
}
