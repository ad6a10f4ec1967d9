const namePattern = /^[a-z][a-z0-9_]*$/;
const lengthMax = 63;

/** What is wrong with the name of a pipeline, a task, a pool or a parameter, if anything. */
export function nameProblem(name: string): string | undefined {
  if (name.length > lengthMax) return `the name has ${name.length} letters; expected at most ${lengthMax}`;
  return namePattern.test(name)
    ? undefined
    : "expected a name of small letters, digits and underscores that begins with a letter";
}

/** As `nameProblem`, for a pipeline, whose name commands take in place of a run. */
export function pipelineNameProblem(name: string): string | undefined {
  return name === "latest" ? "latest stands for a run in ffe runs: expected another name" : nameProblem(name);
}
