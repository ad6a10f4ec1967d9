import { setImmediate as nextTurnOfTheLoop } from "node:timers/promises";

/** A step that an actor wants to take. */
export interface Waiting {
  readonly actor: string;
  readonly step: string;
}

interface Entry extends Waiting {
  readonly start: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * Actors that run concurrently, but never take a step at the same time: before each step an actor waits for its turn,
 * and when all wait somebody chooses whose step is next. The same choices give the same course of events, whatever the
 * speed of the machine.
 */
export class Turns {
  readonly #waiting: Entry[] = [];
  readonly #running = new Set<string>();
  readonly #dead = new Map<string, Error>();
  #underWay = 0;
  #wake: () => void = () => {};

  /**
   * Runs the actors to their ends. The choice is made among all steps that somebody waits for, in a fixed order;
   * `undefined` is nobody's step, after which those who still wait are asked for again.
   */
  async run(
    actors: Readonly<Record<string, () => Promise<void>>>,
    choose: (waiting: readonly Waiting[]) => number | undefined,
  ): Promise<void> {
    for (const name of Object.keys(actors)) this.#running.add(name);
    const work = Promise.allSettled(
      Object.entries(actors).map(async ([name, act]) => {
        try {
          await act();
        } finally {
          this.#running.delete(name);
          this.#wake();
        }
      }),
    );
    while (await this.#everybodyWaits()) {
      const choice = choose(this.#inOrder());
      if (choice !== undefined) this.#start(choice);
    }
    for (const result of await work) if (result.status === "rejected") throw result.reason;
  }

  /** Takes a step when it is its turn. */
  async take<Result>(actor: string, step: string, act: () => Promise<Result>): Promise<Result> {
    const reason = this.#dead.get(actor);
    if (reason !== undefined) throw reason;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ actor, step, start: resolve, fail: reject });
      this.#wake();
    });
    try {
      return await act();
    } finally {
      this.#underWay -= 1;
      this.#wake();
    }
  }

  /** None of the actor's steps happens any more: those that it waits for fail, and all later ones. */
  kill(actor: string, reason: Error): void {
    this.#dead.set(actor, reason);
    const own = this.#waiting.filter((entry) => entry.actor === actor);
    for (const entry of own) {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      entry.fail(reason);
    }
  }

  /** False when all have ended. */
  async #everybodyWaits(): Promise<boolean> {
    for (;;) {
      const changed = new Promise<void>((resolve) => (this.#wake = resolve));
      // An actor that waits in one branch of its work may be about to wait in another.
      await nextTurnOfTheLoop();
      if (this.#underWay === 0) {
        if (this.#running.size === 0) return false;
        const actors = new Set(this.#waiting.map((entry) => entry.actor));
        if ([...this.#running].every((actor) => actors.has(actor))) return true;
      }
      await changed;
    }
  }

  /** By actor, and the steps of one as they came. */
  #inOrder(): readonly Entry[] {
    return this.#waiting.toSorted((left, right) =>
      left.actor < right.actor ? -1 : left.actor > right.actor ? 1 : 0,
    );
  }

  #start(choice: number): void {
    const entry = this.#inOrder()[choice];
    if (entry === undefined) throw new Error(`There is no step ${choice} to choose`);
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    this.#underWay += 1;
    entry.start();
  }
}
