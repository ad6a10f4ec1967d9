import { ProjectError } from "./project-error.ts";

const shownMax = 20;

/** Problems of a project that are told all at once, since one run should show all that is to be mended. */
export class ProblemList {
  readonly #problems: ProjectError[] = [];

  add(problem: ProjectError): void {
    this.#problems.push(problem);
  }

  /** Runs one step of reading; its ProjectError goes on the list. */
  collect<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error;
      this.#problems.push(error);
      return undefined;
    }
  }

  /** @throws ProjectError when there is a problem; of several, the first one's code and all messages */
  throwIfAny(): void {
    const [first, ...others] = this.#problems;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    const left = this.#problems.length - shownMax;
    const lines = this.#problems
      .slice(0, shownMax)
      .map(({ message, nextStep }) => (nextStep === undefined ? message : `${message}. ${nextStep}`));
    if (left > 0) lines.push(`and ${left} more`);
    throw new ProjectError(
      first.code,
      `The project has ${this.#problems.length} problems:\n${lines.join("\n")}`,
    );
  }
}
