import { type PyList, PyTuple } from "../sequences.ts";
import type { Value } from "../values.ts";

/** What `groupby` gives: a pair whose parts have names, too. */
export class Group extends PyTuple {
  constructor(grouper: Value, list: PyList) {
    super([grouper, list]);
  }

  override attribute(name: string): Value | undefined {
    if (name === "grouper") return this.items[0];
    return name === "list" ? this.items[1] : undefined;
  }
}
