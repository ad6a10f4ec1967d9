/**
 * What packages that build upon the engine share with it: one class of errors, options that are checked from one typed
 * table, and dictionaries whose keys come from data.
 *
 * It guarantees that a misspelt, missing or wrong-typed argument is refused by its name, and that a key such as `__proto__`
 * is a key like any other. Nothing here knows of tables, and it imports from no other room.
 */
export { argumentsProblem } from "./arguments-in-order.ts";
export { eventChannel, stopwatch } from "./event-channel.ts";
export type { EventChannel } from "./event-channel.ts";
export { jsonReady, withJson } from "./json-ready.ts";
export { parseWithSource, rawJson } from "./json-source.ts";
export type { SourceReviver } from "./json-source.ts";
export { LakehouseError } from "./lakehouse-error.ts";
export type { LakehouseErrorOptions } from "./lakehouse-error.ts";
export { nearestName, slipOf } from "./nearest-name.ts";
export {
  aDate,
  aFunction,
  abortSignal,
  anyNumber,
  anyObject,
  anyText,
  capableOf,
  countFromOne,
  countFromZero,
  dateOrText,
  either,
  environment,
  flag,
  instanceOf,
  instantMs,
  kind,
  listOf,
  nameList,
  nonEmptyText,
  numberFromZero,
  oneOf,
  optionsOf,
  positiveNumber,
  required,
  secretly,
  share,
  someNames,
  sqlExpression,
  sqlExpressions,
  texts,
  versionNumber,
  wholeNumber,
} from "./option-kinds.ts";
export { optionsProblem } from "./option-table.ts";
export type { AnyOptionTable, OptionKind, OptionTable, RequiredKind } from "./option-table.ts";
export { ownMember, setMember } from "./own-members.ts";
export { refusing } from "./refusing.ts";
export type { Check } from "./refusing.ts";
export { isObject, shown } from "./shown.ts";
export { fileReason, isFileError, systemErrorOf } from "./system-error.ts";
export type { SystemError } from "./system-error.ts";
