import { argumentsProblem } from "../contract/arguments-in-order.ts";
import { anyText, instanceOf, listOf, optionsOf, required } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { refusing } from "../contract/refusing.ts";
import type { Check } from "../contract/refusing.ts";
import { StoreError } from "./object-store.ts";
import type { ListOptions } from "./object-store.ts";

/** @throws StoreError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(
  argumentsProblem,
  (problem) => new StoreError("INVALID_ARGUMENT", problem, { wroteNothing: true }),
);

/** @throws StoreError `INVALID_ARGUMENT` */
export function assertPath(path: string): void {
  if (typeof path !== "string") assertArguments("A store", { path }, { path: required(anyText) });
}

/** @throws StoreError `INVALID_ARGUMENT`: of anything else a typed array would be made that is empty. */
export function assertData(method: string, data: Uint8Array): void {
  if (!(data instanceof Uint8Array)) assertArguments(method, { data }, { data: required(bytes) });
}

/** @throws StoreError `INVALID_ARGUMENT`: a text would be as many paths as it has letters. */
export function assertPaths(method: string, paths: readonly string[]): void {
  assertArguments(method, { paths }, { paths: required(listOf(anyText)) });
}

/** @throws StoreError `INVALID_ARGUMENT` */
export function assertListOptions(options: ListOptions): void {
  assertArguments("listNames", { options }, { options: optionsOf(listOptions) });
}

const bytes = instanceOf("bytes, as a Uint8Array", Uint8Array);
const listOptions: OptionTable<ListOptions> = { startAfter: anyText };
