import { messageOf } from "../../src/delta/errors.ts";
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

/**
 * Runs something once for each course of events that its choices allow, depth first. When a run fails, the error says
 * which course it took, and how to run only that one again.
 *
 * @returns how many there were.
 */
export async function everyCourse(
  run: (choose: (waiting: readonly Waiting[]) => number) => Promise<void>,
): Promise<number> {
  let path: Choice[] = (replayed ?? "")
    .split(",")
    .filter(Boolean)
    .map((text) => ({ taken: Number(text), of: Number(text) + 1 }));
  for (let count = 1; ; count += 1) {
    const trace: string[] = [];
    const taken: Choice[] = [];
    try {
      await run((waiting) => {
        const choice = path[taken.length]?.taken ?? 0;
        const step = waiting[choice];
        if (step === undefined) throw new Error("The course of events cannot be repeated");
        taken.push({ taken: choice, of: waiting.length });
        trace.push(`${step.actor} ${step.step}`);
        return choice;
      });
    } catch (error) {
      const choices = taken.map((choice) => choice.taken).join(",");
      const course = trace.map((step) => `  ${step}`).join("\n");
      throw new Error(
        `${messageOf(error)}\nThe course of events, which ${replayVariable}=${choices} runs again with --test-name-pattern for this test:\n${course}`,
        { cause: error },
      );
    }
    if (isReplay) return count;
    const last = taken.findLastIndex((choice) => choice.taken + 1 < choice.of);
    const branch = taken[last];
    if (branch === undefined) return count;
    path = [...taken.slice(0, last), { taken: branch.taken + 1, of: branch.of }];
  }
}
