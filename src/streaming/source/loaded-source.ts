import type {
  Assignment,
  MessageSource,
  PartitionBounds,
  SourceIdentity,
  StartChoice,
} from "./message-source.ts";

/** A source whose code is loaded when it is opened: a client of a broker takes longer to load than most commands to run. */
export class LoadedSource<Value> implements MessageSource<Value> {
  readonly isShared: boolean;
  readonly #load: () => Promise<MessageSource<Value>>;
  #loading: Promise<MessageSource<Value>> | undefined;

  constructor(isShared: boolean, load: () => Promise<MessageSource<Value>>) {
    this.isShared = isShared;
    this.#load = load;
  }

  async open(tell?: (message: string) => void): Promise<SourceIdentity> {
    return (await this.#loaded()).open(tell);
  }

  async *assignments(signal: AbortSignal): AsyncGenerator<Assignment<Value>> {
    yield* (await this.#loaded()).assignments(signal);
  }

  async bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>> {
    return (await this.#loaded()).bounds(partitions);
  }

  async resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return (await this.#loaded()).resolve(start, partitions);
  }

  async acknowledge(positions: ReadonlyMap<string, number>): Promise<void> {
    await (await this.#loaded()).acknowledge(positions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#loading !== undefined) await (await this.#loading)[Symbol.asyncDispose]();
  }

  #loaded(): Promise<MessageSource<Value>> {
    return (this.#loading ??= this.#load());
  }
}
