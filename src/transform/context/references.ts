import { str, truthy } from "../jinja/printing.ts";
import { TemplateError } from "../jinja/template-error.ts";
import type { KeywordArguments, Value } from "../jinja/values.ts";
import type { RefCall, SourceCall } from "../project/resources.ts";

/** What `ref('package', 'name', v=2)` asks for. @throws TemplateError for other arguments */
export function refCallOf(args: readonly Value[], kwargs: KeywordArguments): RefCall {
  const [first, second] = args;
  const packageName = second === undefined ? null : (first ?? null);
  const name = second === undefined ? first : second;
  if (
    args.length > 2 ||
    typeof name !== "string" ||
    (packageName !== null && typeof packageName !== "string")
  ) {
    throw new TemplateError("TEMPLATE_TYPE", "ref() takes a name, or a package and a name, as texts");
  }
  const version = kwargs.get("version") ?? kwargs.get("v") ?? null;
  return { name, package: packageName, version: truthy(version) ? str(version) : null };
}

/** What `source('source', 'table')` asks for. @throws TemplateError for other arguments */
export function sourceCallOf(args: readonly Value[], kwargs: KeywordArguments): SourceCall {
  const [source, table] = [args[0] ?? kwargs.get("source_name"), args[1] ?? kwargs.get("table_name")];
  if (args.length > 2 || typeof source !== "string" || typeof table !== "string") {
    throw new TemplateError(
      "TEMPLATE_TYPE",
      "source() takes the name of a source and the name of a table, as texts",
    );
  }
  return [source, table];
}
