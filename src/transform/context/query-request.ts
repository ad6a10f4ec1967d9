import { TemplateError } from "../jinja/template-error.ts";
import type { PyObject, Value } from "../jinja/values.ts";
import type { Column } from "./column.ts";
import type { Relation } from "./relation.ts";

/** What templates ask of the engine while they are rendered. */
export interface TemplateEngine {
  /** Runs a statement. @returns its rows as an object that templates read; see QueryTable */
  query(sql: string): Promise<PyObject>;
  /** What lies at a relation's place; undefined for nothing. */
  relationType(relation: Relation): Promise<"table" | "view" | undefined>;
  columns(relation: Relation): Promise<readonly Column[]>;
  schemaExists(database: string, schema: string): Promise<boolean>;
  /** A method of `adapter` that this engine has and dbt lacks, such as `ffe_indicators`. */
  method(name: string, args: readonly Value[]): Promise<Value>;
}

/** Thrown in the middle of a template: it cannot go on before the engine has answered. Then it is rendered again. */
export class QueryRequest extends Error {
  /** The same question has the same key, and is asked once. */
  readonly key: string;
  readonly answer: (engine: TemplateEngine) => Promise<Value>;

  constructor(key: string, answer: (engine: TemplateEngine) => Promise<Value>) {
    super(`a template asks: ${key.slice(0, 200)}`);
    this.key = key;
    this.answer = answer;
  }
}

/** What the engine has answered so far while one node is rendered. */
export class Answers {
  readonly #known = new Map<string, Value>();

  /** @throws QueryRequest when it was not asked yet */
  get(key: string, answer: (engine: TemplateEngine) => Promise<Value>): Value {
    const known = this.#known.get(key);
    if (known === undefined) throw new QueryRequest(key, answer);
    return known;
  }

  async ask(request: QueryRequest, engine: TemplateEngine): Promise<void> {
    this.#known.set(request.key, await request.answer(engine));
  }
}

const mostQuestions = 100;

/**
 * Renders until the template asks nothing more.
 * @throws TemplateError when a template asks without end
 */
export async function renderAnswered<Result>(
  render: (answers: Answers) => Result,
  engine: TemplateEngine,
): Promise<Result> {
  const answers = new Answers();
  for (let asked = 0; asked <= mostQuestions; asked += 1) {
    try {
      return render(answers);
    } catch (error) {
      if (!(error instanceof QueryRequest)) throw error;
      await answers.ask(error, engine);
    }
  }
  throw new TemplateError("TEMPLATE_LIMIT", `a template asks for more than ${mostQuestions} queries`, {
    nextStep: "Ask for several rows in one query, and loop over them.",
  });
}
