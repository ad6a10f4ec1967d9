import { define } from "../../jinja/function.ts";
import { str } from "../../jinja/printing.ts";
import { TemplateError } from "../../jinja/template-error.ts";
import type { PyObject } from "../../jinja/values.ts";
import { Attributes } from "../attributes.ts";
import { MomentClass, timeDelta } from "./datetime.ts";
import { iterators } from "./iterators.ts";
import { regularExpressions } from "./regular-expressions.ts";

/** The namespace `modules`: the parts of Python's libraries that dbt projects use. */
export function modulesOf(now: () => Date): PyObject {
  const utc = new Attributes("UTC", []);
  return new Attributes("modules", [
    [
      "datetime",
      new Attributes("module", [
        ["datetime", new MomentClass("datetime", now)],
        ["date", new MomentClass("date", now)],
        ["timedelta", timeDelta],
      ]),
    ],
    ["re", regularExpressions],
    ["itertools", iterators],
    [
      "pytz",
      new Attributes("module", [
        ["utc", utc],
        ["UTC", utc],
        [
          "timezone",
          define("timezone", ["zone"], (zone) => {
            if (["UTC", "Etc/UTC", "GMT"].includes(str(zone))) return utc;
            throw new TemplateError(
              "TEMPLATE_VALUE",
              `the time zone ${str(zone)} is not known: all times are UTC`,
              {
                nextStep: "Convert times in SQL: ts at time zone 'Europe/Berlin'.",
              },
            );
          }),
        ],
      ]),
    ],
  ]);
}
