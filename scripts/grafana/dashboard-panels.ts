// The panels of the dashboard: what each shows, and how it is asked for. scripts/grafana/dashboard.ts gives them their looks.

export interface PanelQuery {
  readonly expr: string;
  readonly legend: string;
  /** One value at the end of the range; a course over time when left out. */
  readonly isInstant?: boolean;
  /** On the axis at the right, with a unit of its own. */
  readonly rightAxisUnit?: string;
}

export interface PanelPlan {
  readonly title: string;
  readonly description: string;
  readonly kind: "timeseries" | "stat" | "piechart";
  readonly unit: string;
  /** Of 24. */
  readonly width: number;
  readonly queries: readonly PanelQuery[];
  /** Colours from a value on; the first one from the smallest. */
  readonly thresholds?: readonly { readonly from: number | null; readonly color: string }[];
  /** What stands where there is no value. */
  readonly noValue?: string;
}

const quantiles = [
  [0.5, "p50"],
  [0.95, "p95"],
  [0.99, "p99"],
] as const;

/** The five of the user's document, in its order and with its titles. */
export const mainPanels: readonly PanelPlan[] = [
  {
    title: "Ingestion Rate",
    description: "Bars that came into Bronze within the last hour, by asset.",
    kind: "timeseries",
    unit: "short",
    width: 12,
    queries: [
      {
        expr: 'sum by (asset_pair) (increase(pipeline_ingestion_records_total{asset_pair=~"$asset_pair"}[1h]))',
        legend: "{{asset_pair}}",
      },
    ],
  },
  {
    title: "Data Quality Failure Rate",
    description:
      "Share of checks within the range that failed: green below 1 %, red above 5 %. The second number says how many ran.",
    kind: "stat",
    unit: "percent",
    width: 12,
    noValue: "no checks ran",
    thresholds: [
      { from: null, color: "green" },
      { from: 1, color: "yellow" },
      { from: 5, color: "red" },
    ],
    queries: [
      {
        // Without checks there is no rate: dividing by nothing would show 0 %.
        expr: '100 * (sum(increase(pipeline_data_quality_checks_total{status="failed"}[$__range])) or vector(0)) / (sum(increase(pipeline_data_quality_checks_total[$__range])) > 0)',
        legend: "failed",
        isInstant: true,
      },
      {
        expr: "sum(increase(pipeline_data_quality_checks_total[$__range]))",
        legend: "checks",
        isInstant: true,
        rightAxisUnit: "short",
      },
    ],
  },
  {
    title: "Latency Percentiles",
    description:
      "How long the ingestion of a series took in a run; and of streams from the source to the commit.",
    kind: "timeseries",
    unit: "s",
    width: 8,
    queries: [
      ...quantiles.map(([quantile, name]) => ({
        expr: `histogram_quantile(${quantile}, sum by (le) (increase(pipeline_ingestion_duration_seconds_bucket[$__range])))`,
        legend: name,
      })),
      ...quantiles.map(([quantile, name]) => ({
        expr: `histogram_quantile(${quantile}, sum by (le) (rate(pipeline_stream_latency_seconds_bucket{stage="end_to_end"}[5m])))`,
        legend: `stream ${name}`,
      })),
    ],
  },
  {
    title: "Storage Growth",
    description:
      "Gigabytes a day by layer, and the size of all tables at the right. A vacuum makes the growth negative.",
    kind: "timeseries",
    unit: "decgbytes",
    width: 8,
    queries: [
      {
        expr: "sum by (layer) (deriv(pipeline_delta_table_size_bytes[1d])) * 86400 / 1e9",
        legend: "{{layer}} a day",
      },
      { expr: "sum(pipeline_delta_table_size_bytes)", legend: "total", rightAxisUnit: "bytes" },
    ],
  },
  {
    title: "Provider Distribution",
    description: "Bars within the range, by the provider that they came from.",
    kind: "piechart",
    unit: "short",
    width: 8,
    queries: [
      {
        expr: "sum by (provider) (increase(pipeline_ingestion_records_total[$__range]))",
        legend: "{{provider}}",
        isInstant: true,
      },
    ],
  },
];

export interface PanelRow {
  readonly title: string;
  readonly panels: readonly PanelPlan[];
}

/** What lies below them. */
export const rows: readonly PanelRow[] = [
  {
    title: "Quality",
    panels: [
      {
        title: "Checks that do not hold",
        description: "Failed checks and those that could not be evaluated, within an hour.",
        kind: "timeseries",
        unit: "short",
        width: 12,
        queries: [
          {
            expr: 'sum by (table, check) (increase(pipeline_data_quality_checks_total{status!="passed"}[1h])) > 0',
            legend: "{{table}} {{check}}",
          },
        ],
      },
      {
        title: "Dead letters",
        description: "Rows in the dead letter queue; ffe dlq stats says why they are there.",
        kind: "timeseries",
        unit: "short",
        width: 6,
        queries: [{ expr: "sum by (kind) (pipeline_dead_letters)", legend: "{{kind}}" }],
      },
      {
        title: "Ingestion errors",
        description: "Failed tries of requests, rejected rows and failed commits, within an hour.",
        kind: "timeseries",
        unit: "short",
        width: 6,
        queries: [
          {
            expr: "sum by (error_type, provider) (increase(pipeline_ingestion_errors_total[1h]))",
            legend: "{{provider}} {{error_type}}",
          },
        ],
      },
    ],
  },
  {
    title: "Runs",
    panels: [
      {
        title: "Since the last success",
        description: "How long ago each pipeline succeeded. A daily one is late after 26 hours.",
        kind: "stat",
        unit: "s",
        width: 6,
        noValue: "no run yet",
        thresholds: [
          { from: null, color: "green" },
          { from: 90_000, color: "yellow" },
          { from: 93_600, color: "red" },
        ],
        queries: [
          {
            expr: "time() - max by (pipeline) (pipeline_run_last_success_timestamp_seconds)",
            legend: "{{pipeline}}",
            isInstant: true,
          },
        ],
      },
      {
        title: "Run duration",
        description: "How long the newest run of each pipeline and status took.",
        kind: "timeseries",
        unit: "s",
        width: 6,
        queries: [
          {
            expr: "max by (pipeline, status) (pipeline_run_duration_seconds)",
            legend: "{{pipeline}} {{status}}",
          },
        ],
      },
      {
        title: "Commands",
        description: "Commands that ended within an hour, by how they ended.",
        kind: "timeseries",
        unit: "short",
        width: 6,
        queries: [
          {
            expr: "sum by (command, status) (increase(pipeline_command_runs_total[1h]))",
            legend: "{{command}} {{status}}",
          },
        ],
      },
      {
        title: "Overdue series",
        description:
          "How long the next bar of the ten series that wait longest has been complete, by the hours of their markets.",
        kind: "timeseries",
        unit: "s",
        width: 6,
        queries: [
          {
            expr: 'topk(10, time() - pipeline_series_next_due_timestamp_seconds{asset_pair=~"$asset_pair"} > 0)',
            legend: "{{asset_pair}} {{timeframe}} {{provider}}",
          },
        ],
      },
      {
        title: "Circuits open",
        description: "Providers that get no request because too many failed.",
        kind: "timeseries",
        unit: "short",
        width: 12,
        queries: [{ expr: "pipeline_provider_circuit_open", legend: "{{provider}}" }],
      },
      {
        title: "Quota left",
        description: "Requests that are left of the UTC day.",
        kind: "timeseries",
        unit: "short",
        width: 12,
        queries: [{ expr: "pipeline_provider_quota_remaining", legend: "{{provider}}" }],
      },
    ],
  },
  {
    title: "Streams",
    panels: [
      {
        title: "Lag",
        description: "Age of the last committed row while messages wait, and how many wait at the right.",
        kind: "timeseries",
        unit: "s",
        width: 12,
        queries: [
          { expr: "max by (topic) (pipeline_stream_lag_seconds)", legend: "{{topic}}" },
          {
            expr: "sum by (topic) (pipeline_stream_lag_messages)",
            legend: "{{topic}} messages",
            rightAxisUnit: "short",
          },
        ],
      },
      {
        title: "Stream latency by stage",
        description: "The 95th percentile within five minutes.",
        kind: "timeseries",
        unit: "s",
        width: 12,
        queries: [
          {
            expr: "histogram_quantile(0.95, sum by (le, stage) (rate(pipeline_stream_latency_seconds_bucket[5m])))",
            legend: "{{stage}}",
          },
        ],
      },
    ],
  },
  {
    title: "Storage",
    panels: [
      {
        title: "Table size",
        description: "Data files of each table's newest version.",
        kind: "timeseries",
        unit: "bytes",
        width: 8,
        queries: [{ expr: "sum by (table) (pipeline_delta_table_size_bytes)", legend: "{{table}}" }],
      },
      {
        title: "Files by size",
        description: "Many small files make queries slow: ffe table optimize joins them.",
        kind: "timeseries",
        unit: "short",
        width: 8,
        queries: [{ expr: "sum by (size_class) (pipeline_delta_table_files)", legend: "{{size_class}}" }],
      },
      {
        title: "Commits",
        description: "Commits within an hour, by operation.",
        kind: "timeseries",
        unit: "short",
        width: 8,
        queries: [
          {
            expr: "sum by (operation) (increase(pipeline_delta_commits_total[1h]))",
            legend: "{{operation}}",
          },
        ],
      },
      {
        title: "Since the last look at the lake",
        description: "It grows while the exporter cannot read a source; what is shown is old then.",
        kind: "stat",
        unit: "s",
        width: 24,
        noValue: "no exporter",
        thresholds: [
          { from: null, color: "green" },
          { from: 60, color: "yellow" },
          { from: 300, color: "red" },
        ],
        queries: [
          {
            expr: "time() - max(pipeline_metrics_refresh_timestamp_seconds)",
            legend: "seconds",
            isInstant: true,
          },
        ],
      },
    ],
  },
];
