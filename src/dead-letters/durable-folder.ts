import { LocalStore, StoreError } from "finance-feedback-delta";
import type { FileSystem } from "finance-feedback-delta";

/** A folder of small text files that are written whole or not at all, and survive a crash once written. */
export class DurableFolder {
  readonly #store: LocalStore;

  constructor(path: string, fileSystem: FileSystem) {
    this.#store = new LocalStore(path, fileSystem);
  }

  async names(): Promise<readonly string[]> {
    return this.#store.listNames("");
  }

  async read(name: string): Promise<string> {
    return Buffer.from(await this.#store.read(name)).toString("utf8");
  }

  /** `undefined` when there is no such file, or no longer. */
  async readIfThere(name: string): Promise<string | undefined> {
    try {
      return await this.read(name);
    } catch (error) {
      if (error instanceof StoreError && error.code === "NOT_FOUND") return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await this.#store.delete(name);
  }

  /** Writes a file under its name, or under a name with a number where another one has it. */
  async putBeside(name: string, text: string): Promise<void> {
    for (let number = 1; ; number += 1) {
      const free = number === 1 ? name : `${name}.${number}`;
      try {
        await this.#store.putIfAbsent(free, Buffer.from(text, "utf8"));
        return;
      } catch (error) {
        if (!(error instanceof StoreError && error.code === "ALREADY_EXISTS")) throw error;
        if ((await this.readIfThere(free)) === text) return;
      }
    }
  }

  /** A file of the same name is meant to have the same content: one that was damaged is written anew. */
  async put(name: string, text: string): Promise<void> {
    const data = Buffer.from(text, "utf8");
    try {
      await this.#store.putIfAbsent(name, data);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === "ALREADY_EXISTS")) throw error;
      if ((await this.read(name)) !== text) await this.#store.put(name, data);
    }
  }
}
