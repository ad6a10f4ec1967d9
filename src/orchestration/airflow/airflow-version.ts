/** Which Airflow a DAG file is for. */
export interface AirflowVersion {
  /** Such as `3.1`: the oldest that reads the file. */
  readonly text: string;
  /** Since 3.3 a task can say how long it waits after each failed try. */
  readonly hasRetryPolicy: boolean;
}

export const oldestAirflow = "3.1";

/** Reads `3.3` or `3.3.2`; `undefined` for what is no version, or older than the oldest. */
export function airflowVersion(text: string): AirflowVersion | undefined {
  const [, major = "", minor = ""] = /^(\d{1,3})\.(\d{1,3})(?:\.\d{1,4})?$/.exec(text.trim()) ?? [];
  if (major === "") return undefined;
  const isAtLeast = (wanted: number): boolean =>
    Number(major) > 3 || (Number(major) === 3 && Number(minor) >= wanted);
  return isAtLeast(1)
    ? { text: `${Number(major)}.${Number(minor)}`, hasRetryPolicy: isAtLeast(3) }
    : undefined;
}
