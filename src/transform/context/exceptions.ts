import { define } from "../jinja/function.ts";
import { str } from "../jinja/printing.ts";
import { TemplateError } from "../jinja/template-error.ts";
import type { PyObject, Value } from "../jinja/values.ts";
import { Attributes } from "./attributes.ts";

/** The namespace `exceptions`: how a template refuses, or warns. */
export function exceptionsOf(warn: (message: string) => void): PyObject {
  return new Attributes("exceptions", [
    [
      "raise_compiler_error",
      define("raise_compiler_error", ["msg", "node?"], (message) => refuse(str(message))),
    ],
    [
      "raise_database_error",
      define("raise_database_error", ["msg", "node?"], (message) => refuse(str(message))),
    ],
    ["raise_not_implemented", define("raise_not_implemented", ["msg"], (message) => refuse(str(message)))],
    [
      "raise_parsing_error",
      define("raise_parsing_error", ["msg", "node?"], (message) => refuse(str(message))),
    ],
    [
      "raise_fail_fast_error",
      define("raise_fail_fast_error", ["msg", "node?"], (message) => refuse(str(message))),
    ],
    [
      "missing_config",
      define("missing_config", ["model", "name"], (_, name) => refuse(`the config ${str(name)} is missing`)),
    ],
    [
      "warn",
      define("warn", ["msg", "node?"], (message) => {
        warn(str(message));
        return "";
      }),
    ],
    [
      "raise_invalid_property_yml_version",
      define("raise_invalid_property_yml_version", ["path", "issue"], (path, issue) =>
        refuse(`${str(path)}: ${str(issue)}`),
      ),
    ],
  ]);
}

function refuse(message: string): Value {
  throw new TemplateError("TEMPLATE_RAISED", message);
}
