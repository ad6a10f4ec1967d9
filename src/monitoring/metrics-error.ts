import { LakehouseError } from "finance-feedback-delta/contract";

export type MetricsErrorCode = "INVALID_ARGUMENT" | "PORT_IN_USE" | "DASHBOARD_REFUSED" | "PUSH_REFUSED";

/** A metric that cannot be counted as asked, an exporter that cannot listen, a Grafana that takes no dashboard, or a Pushgateway that takes no metrics. */
export class MetricsError extends LakehouseError<MetricsErrorCode> {
  override readonly name: string = "MetricsError";
}
