/**
 * Objects as dictionaries whose keys come from data. Every object inherits members such as `constructor`, and assigning
 * to `__proto__` makes no member at all: names from data are looked up and set here, or kept in a Map.
 * `npm run check:lint` refuses any other way.
 */

/** The object's own member; `undefined` for one that it merely inherits. */
export function ownMember<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Gives the object a member, whatever its name. */
export function setMember<Value>(record: Record<string, Value>, name: string, value: NoInfer<Value>): void {
  if (name === "__proto__")
    Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
  else record[name] = value;
}
