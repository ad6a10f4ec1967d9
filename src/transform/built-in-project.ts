import { join } from "node:path";

/** The folder of the dbt project that comes with the package, two levels up in the repository as in what is installed. */
export const builtInProject: string = join(import.meta.dirname, "..", "..", "dbt");
