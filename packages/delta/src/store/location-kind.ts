import { kind } from "../contract/option-kinds.ts";
import type { OptionKind } from "../contract/option-table.ts";
import type { ObjectStore } from "./object-store.ts";

/** Where a table is. An empty text would be the working directory. */
export const locationKind: OptionKind<string | ObjectStore> = kind("a path, a URI or a store", (value) =>
  typeof value === "string"
    ? value.trim() !== ""
    : typeof value === "object" && value !== null && "uri" in value,
);
