import { parse as parseYaml } from "yaml";
import * as z from "zod";
import { anyObject, anyText, isObject, kind, required } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { jsonRecord } from "./json-record.ts";
import { parsePythonJson, pythonJson } from "./json-text.ts";
import { QualityError } from "./quality-error.ts";

export type Kwargs = Readonly<Record<string, unknown>>;

/** How much a failure matters. `critical`, the default, stops a pipeline. */
export type Severity = "critical" | "warning" | "info";

/** One expectation as Great Expectations 1.x writes it. */
export interface ExpectationConfig {
  /** Such as `expect_column_values_to_not_be_null`. */
  readonly type: string;
  readonly kwargs: Kwargs;
  readonly severity: Severity;
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  readonly id?: string | undefined;
  /** Other members, such as `notes` and `description`: they are written as they were read. */
  readonly rest?: Readonly<Record<string, unknown>> | undefined;
}

/** The columns of an expectation, from its arguments. */
export function columnsOf({ column, column_list: list, column_A: a, column_B: b }: Kwargs): string[] {
  const names: readonly unknown[] = Array.isArray(list) ? list : [column, a, b];
  return names.filter((name) => typeof name === "string");
}

/** A suite of expectations in the format of Great Expectations 1.x. */
export interface ExpectationSuite {
  readonly name: string;
  readonly expectations: readonly ExpectationConfig[];
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  readonly rest?: Readonly<Record<string, unknown>> | undefined;
}

/** The arguments of its expectations are checked when the suite is evaluated. */
export const suiteKind: OptionKind<ExpectationSuite> = kind(
  "a suite, an object of name and expectations",
  (value) =>
    isObject(value) &&
    typeof Reflect.get(value, "name") === "string" &&
    isListOfObjects(Reflect.get(value, "expectations")),
);

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && Array.from(value).every(isObject);
}

const expectationMembers = { type: required(anyText), kwargs: required(anyObject) };

/** Version 1.x writes `type`, earlier versions `expectation_type`. */
const expectationSchema = z
  .looseObject({
    type: z.string().optional(),
    expectation_type: z.string().optional(),
    kwargs: jsonRecord.nullish(),
    severity: z.enum(["critical", "warning", "info"]).default("critical"),
    meta: jsonRecord.nullish(),
    id: z.string().nullish(),
  })
  .refine(({ type, expectation_type: older }) => type !== undefined || older !== undefined, {
    message: "an expectation needs a type",
  });
const suiteSchema = z
  .looseObject({
    name: z.string().optional(),
    expectation_suite_name: z.string().optional(),
    expectations: z.array(expectationSchema),
    meta: jsonRecord.nullish(),
  })
  .refine(({ name, expectation_suite_name: older }) => name !== undefined || older !== undefined, {
    message: "a suite needs a name",
  });

/**
 * Reads a suite from JSON or YAML.
 *
 * @param source its name in errors, such as that of a file.
 * @throws QualityError `INVALID_SUITE`
 */
export function parseSuite(text: string, source: string): ExpectationSuite {
  assertArguments("parseSuite", { text, source }, { text: required(anyText), source: required(anyText) });
  let json: unknown;
  try {
    // JSON is YAML, except for tabs and for its messages about mistakes.
    json = /^\s*\{/.test(text) ? parsePythonJson(text) : parseYaml(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new QualityError("INVALID_SUITE", `${source} is neither JSON nor YAML: ${detail}`, {
      cause: error,
    });
  }
  return readSuite(json, source);
}

/** @throws QualityError `INVALID_SUITE` */
export function readSuite(json: unknown, source: string): ExpectationSuite {
  const parsed = suiteSchema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join(".")}: ${message}`,
    );
    throw new QualityError("INVALID_SUITE", `${source} is not a suite of expectations: ${issues.join("; ")}`);
  }
  const { name, expectation_suite_name: olderName, expectations, meta, ...rest } = parsed.data;
  return {
    name: name ?? olderName ?? "",
    expectations: expectations.map(
      ({ type, expectation_type: olderType, kwargs, severity, meta: notes, id, ...more }) => ({
        type: type ?? olderType ?? "",
        kwargs: kwargs ?? {},
        severity,
        ...(notes === undefined || notes === null ? {} : { meta: notes }),
        ...(id === undefined || id === null ? {} : { id }),
        ...(Object.keys(more).length === 0 ? {} : { rest: more }),
      }),
    ),
    ...(meta === undefined || meta === null ? {} : { meta }),
    ...(Object.keys(rest).length === 0 ? {} : { rest }),
  };
}

/**
 * A suite as JSON that Great Expectations 1.x loads.
 *
 * @throws QualityError `INVALID_ARGUMENT`
 */
export function writeSuite(suite: ExpectationSuite): string {
  assertArguments("writeSuite", { suite }, { suite: required(suiteKind) });
  for (const [place, { type, kwargs }] of suite.expectations.entries())
    assertArguments(`writeSuite: expectations[${place}]`, { type, kwargs }, expectationMembers);
  const expectations = suite.expectations.map(({ type, kwargs, severity, meta, id, rest }) => ({
    ...rest,
    type,
    kwargs,
    severity,
    meta: meta ?? {},
    ...(id === undefined ? {} : { id }),
  }));
  return `${pythonJson({ ...suite.rest, name: suite.name, expectations, meta: suite.meta ?? {} }, 2)}\n`;
}
