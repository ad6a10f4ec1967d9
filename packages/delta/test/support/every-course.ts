import { messageOf } from "../../src/errors.ts";
import { numbersOf } from "../../../../test/sampled.ts";
import type { Waiting } from "./turns.ts";

/** The choices of one course of events: at each moment one of so many. */
interface Choice {
  readonly taken: number;
  readonly of: number;
}

/** The variable of the environment that runs a single course of events again. */
const replayVariable = "INTERLEAVING";
const replayed: string | undefined = process.env[replayVariable];
export const isReplay: boolean = replayed !== undefined;

/** So many courses at random, by the seed of the sweep's sample. */
export interface SomeCourses {
  readonly sweep: string;
  readonly count: number;
}

/**
 * Runs something once for each course of events that its choices allow, depth first, or for some of them. When a run
 * fails, the error says which course it took, and how to run only that one again.
 *
 * @returns how many there were.
 */
export async function everyCourse(
  run: (choose: (waiting: readonly Waiting[]) => number) => Promise<void>,
  some?: SomeCourses,
): Promise<number> {
  const numbers = some === undefined ? undefined : numbersOf(some.sweep);
  let path: readonly Choice[] = (replayed ?? "")
    .split(",")
    .filter(Boolean)
    .map((text) => ({ taken: Number(text), of: Number(text) + 1 }));
  for (let count = 1; ; count += 1) {
    const taken = await oneCourse(run, (index, of) => {
      const known = path[index]?.taken;
      return known ?? (isReplay || numbers === undefined ? 0 : numbers.below(of));
    });
    if (isReplay || count === some?.count) return count;
    if (some !== undefined) continue;
    const last = taken.findLastIndex((choice) => choice.taken + 1 < choice.of);
    const branch = taken[last];
    if (branch === undefined) return count;
    path = [...taken.slice(0, last), { taken: branch.taken + 1, of: branch.of }];
  }
}

/** @returns the choices that were made. */
async function oneCourse(
  run: (choose: (waiting: readonly Waiting[]) => number) => Promise<void>,
  choiceOf: (index: number, of: number) => number,
): Promise<readonly Choice[]> {
  const trace: string[] = [];
  const taken: Choice[] = [];
  try {
    await run((waiting) => {
      const choice = choiceOf(taken.length, waiting.length);
      const step = waiting[choice];
      if (step === undefined) throw new Error("The course of events cannot be repeated");
      taken.push({ taken: choice, of: waiting.length });
      trace.push(`${step.actor} ${step.step}`);
      return choice;
    });
    return taken;
  } catch (error) {
    const choices = taken.map((choice) => choice.taken).join(",");
    const course = trace.map((step) => `  ${step}`).join("\n");
    throw new Error(
      `${messageOf(error)}\nThe course of events, which ${replayVariable}=${choices} runs again with --name for this test:\n${course}`,
      { cause: error },
    );
  }
}
