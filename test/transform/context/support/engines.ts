import type { TemplateEngine } from "../../../../src/transform/context/query-request.ts";
import { QueryTable } from "../../../../src/transform/context/query-table.ts";

/** An engine in which nothing lies yet. */
export const emptyEngine: TemplateEngine = {
  query: () => Promise.resolve(new QueryTable([], [])),
  relationType: () => Promise.resolve(undefined),
  columns: () => Promise.resolve([]),
  schemaExists: () => Promise.resolve(false),
  method: (name) => Promise.resolve(name),
};
