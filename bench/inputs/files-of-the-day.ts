import { runScript } from "../child-process.ts";

/** The files of a table that hold rows of the day that the query benches ask for, as a list of SQL. */
export async function filesOfTheDay(table: string): Promise<string> {
  return (await runScript("inputs/find-files-of-the-day.ts", { table })).trim();
}
