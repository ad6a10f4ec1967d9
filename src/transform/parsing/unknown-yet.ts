import { LenientUndefined } from "../jinja/undefined.ts";
import type { Value } from "../jinja/values.ts";

/**
 * What a template asks for while a project is read and only a run can answer: rows, relations, dbt's own macros. Every use
 * of it is unknown again, so that the rest of the template is read, too.
 */
export class UnknownYet extends LenientUndefined {
  constructor(name: string) {
    super(`${name} is not known while a project is read`);
  }

  override compare(_other: Value): number {
    return 0;
  }

  override operate(): Value {
    return this;
  }
}
