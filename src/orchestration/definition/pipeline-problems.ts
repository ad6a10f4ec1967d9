import { nearestName } from "finance-feedback-delta/contract";

import { templateProblem } from "./command-template.ts";
import type { PipelineDefinition, TaskDefinition } from "./pipeline-definition.ts";

/** What is wrong with a pipeline, and where, by the keys of the configuration. */
export interface PipelineProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Problems between tasks: names that do not exist, circles, placeholders without a value. */
export function pipelineProblems({ tasks, parameters }: PipelineDefinition): readonly PipelineProblem[] {
  const ids = tasks.map(({ id }) => id);
  if (tasks.length === 0) return [{ path: ["tasks"], message: "expected at least one task" }];
  const problems = tasks.flatMap((task): PipelineProblem[] => [
    ...task.dependsOn.flatMap((other, index) => {
      const message = dependencyProblem(task, other, ids);
      return message === undefined ? [] : [{ path: ["tasks", task.id, "depends_on", index], message }];
    }),
    ...problemIn(["tasks", task.id, "run"], templateProblem(task.argv, parameters)),
  ]);
  if (problems.length > 0) return problems;
  const circle = circleOf(tasks);
  return circle === undefined
    ? []
    : [
        {
          path: ["tasks", circle[0] ?? "", "depends_on"],
          message: `tasks wait for each other: ${circle.join(" waits for ")}`,
        },
      ];
}

/** The tasks in the order in which they were given, except that each comes after those that it depends on. */
export function orderedTasks(tasks: readonly TaskDefinition[]): readonly TaskDefinition[] {
  const ordered: TaskDefinition[] = [];
  const done = new Set<string>();
  while (ordered.length < tasks.length) {
    const next = tasks.find(
      ({ id, dependsOn }) => !done.has(id) && dependsOn.every((other) => done.has(other)),
    );
    if (next === undefined) return tasks;
    done.add(next.id);
    ordered.push(next);
  }
  return ordered;
}

function problemIn(path: readonly PropertyKey[], message: string | undefined): PipelineProblem[] {
  return message === undefined ? [] : [{ path, message }];
}

function dependencyProblem(
  { id, dependsOn }: TaskDefinition,
  other: string,
  ids: readonly string[],
): string | undefined {
  if (other === id) return "a task cannot wait for itself";
  if (dependsOn.indexOf(other) !== dependsOn.lastIndexOf(other)) return `names ${other} twice`;
  if (ids.includes(other)) return undefined;
  const meant = nearestName(other, ids);
  return `there is no task ${other}${meant === undefined ? "" : `. Did you mean ${meant}?`}`;
}

/** Tasks that wait for each other, the first one again at the end. */
function circleOf(tasks: readonly TaskDefinition[]): readonly string[] | undefined {
  const byId = new Map(tasks.map((task) => [task.id, task] as const));
  const finished = new Set<string>();
  const visit = (id: string, above: readonly string[]): readonly string[] | undefined => {
    const start = above.indexOf(id);
    if (start >= 0) return [...above.slice(start), id];
    if (finished.has(id)) return undefined;
    for (const other of byId.get(id)?.dependsOn ?? []) {
      const circle = visit(other, [...above, id]);
      if (circle !== undefined) return circle;
    }
    finished.add(id);
    return undefined;
  };
  for (const { id } of tasks) {
    const circle = visit(id, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
