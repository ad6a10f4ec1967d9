/** Slurm says by it how many cores a job has, and DuckDB takes it as its default number of threads. */
const threadsVariable = "SLURM_CPUS_ON_NODE";

/**
 * The environment of a user's command: not that of the one who runs the tests, except where programs lie and how many
 * threads an engine has.
 */
export function userEnvironment(): Readonly<Record<string, string>> {
  const kept = ["PATH", threadsVariable].map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
