import { TemplateError } from "../jinja/template-error.ts";
import { ProjectError } from "./project-error.ts";

const shownMax = 20;

/** Problems of a project that are told all at once, since one run should show all that is to be mended. */
export class ProblemList {
  readonly #problems: ProjectError[] = [];

  add(problem: ProjectError): void {
    this.#problems.push(problem);
  }

  /** Runs one step of reading; its ProjectError, or that of a template, goes on the list. */
  collect<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#problems.push(problemOf(error));
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

/** @throws the error itself, where it is none of the project's */
function problemOf(error: unknown): ProjectError {
  if (error instanceof ProjectError) return error;
  if (!(error instanceof TemplateError)) throw error;
  const [place] = error.places;
  const [, ...rest] = error.message.slice(error.reason.length).split("\n");
  // The first line of the places is the one that stands in front.
  const message = [error.reason, ...rest.slice(place?.macro === undefined ? 1 : 0)].join("\n");
  return new ProjectError("INVALID_TEMPLATE", message, { place, cause: error, nextStep: error.nextStep });
}
