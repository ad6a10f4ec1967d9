/** Changes beyond this many, and beyond this share of the whole, become part of the base. */
const changesMin = 1024;
const changesShare = 1 / 16;

/**
 * A map whose copies are cheap: copies share what they had in common, and each keeps its own changes. Snapshots of a
 * table with many files follow each other at the cost of a commit's files, not of the table's.
 */
export class LayeredMap<Value> {
  #base: Map<string, Value>;
  /** By key; `undefined` stands for a key of the base that is no longer there. */
  readonly #changes: Map<string, Value | undefined>;
  #isBaseShared: boolean;
  #count: number;

  constructor() {
    this.#base = new Map();
    this.#changes = new Map();
    this.#isBaseShared = false;
    this.#count = 0;
  }

  get size(): number {
    return this.#count;
  }

  get(key: string): Value | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: Value): void {
    if (this.#isBaseShared) {
      if (!this.has(key)) this.#count += 1;
      this.#changes.set(key, value);
      return;
    }
    this.#base.set(key, value);
    this.#count = this.#base.size;
  }

  delete(key: string): void {
    if (!this.#isBaseShared) {
      this.#base.delete(key);
      this.#count = this.#base.size;
      return;
    }
    if (!this.has(key)) return;
    this.#count -= 1;
    if (this.#base.has(key)) this.#changes.set(key, undefined);
    else this.#changes.delete(key);
  }

  /** A map of the same content: what is changed in one of the two stays unseen by the other. */
  copy(): LayeredMap<Value> {
    const copy = new LayeredMap<Value>();
    if (this.#changes.size > Math.max(changesMin, this.#base.size * changesShare)) {
      for (const [key, value] of this.entries()) copy.set(key, value);
      return copy;
    }
    this.#isBaseShared = true;
    copy.#base = this.#base;
    copy.#isBaseShared = true;
    copy.#count = this.#count;
    for (const [key, value] of this.#changes) copy.#changes.set(key, value);
    return copy;
  }

  keys(): Iterable<string> {
    return this.#changes.size === 0 ? this.#base.keys() : mapped(this.entries(), ([key]) => key);
  }

  values(): Iterable<Value> {
    return this.#changes.size === 0 ? this.#base.values() : mapped(this.entries(), ([, value]) => value);
  }

  *entries(): Generator<[string, Value]> {
    for (const entry of this.#base) if (!this.#changes.has(entry[0])) yield entry;
    for (const [key, value] of this.#changes) if (value !== undefined) yield [key, value];
  }
}

function* mapped<Input, Output>(inputs: Iterable<Input>, map: (input: Input) => Output): Generator<Output> {
  for (const input of inputs) yield map(input);
}
