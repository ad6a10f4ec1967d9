import { pythonText } from "../../../../src/transform/project/plain.ts";
import type { Plain, PlainMap } from "../../../../src/transform/project/plain.ts";
import { variablesOf } from "../../../../src/transform/project/project-package.ts";
import type {
  Captured,
  NodeParser,
  Templates,
  TextScope,
} from "../../../../src/transform/project/templates.ts";
import { readYaml } from "../../../../src/transform/project/yaml-file.ts";

/**
 * A template language that knows calls alone: `ref`, `source`, `config` with literals, `var`, `doc`. It stands in where a
 * test is about projects and not about templates.
 */
export const simpleTemplates: Templates = {
  renderText: (text, scope) => {
    const whole = /^\s*\{\{\s*(\w+)\((.*)\)\s*\}\}\s*$/s.exec(text);
    if (whole?.[1] === "var") return variable(whole[2] ?? "", scope.vars);
    return text.replaceAll(/\{\{\s*(\w+)\((.*?)\)\s*\}\}/gs, (_, name: string, args: string) =>
      name === "doc" ? docOf(args, scope) : pythonText(variable(args, scope.vars) ?? ""),
    );
  },
  parserOf: ({ packages, rootName, target, vars }): NodeParser => ({
    capture: (node, { text }) => {
      const seen = variablesOf(packages, rootName, node.packageName, vars);
      const kwargs = [...(node.testMetadata?.kwargs.values() ?? [])].filter(
        (value) => typeof value === "string",
      );
      const isTest = text.includes("_dbt_generic_test_kwargs");
      return captured(isTest ? [text, ...kwargs].join("\n") : text, seen);
    },
    generatedName: (part, configured, node) => {
      if (part === "alias")
        return typeof configured === "string"
          ? configured
          : node.version === null
            ? node.name
            : `${node.name}_v${node.version}`;
      if (part === "database") return typeof configured === "string" ? configured : target.database;
      return typeof configured === "string" ? `${target.schema}_${configured}` : target.schema;
    },
  }),
};

function captured(text: string, vars: PlainMap): Captured {
  const code = text.replaceAll(/\{#.*?#\}/gs, "");
  const calls = [...code.matchAll(/\b(ref|source|config)\(((?:[^()]|\([^()]*\))*)\)/g)];
  const argumentsOf = (name: string): readonly PlainMap[] =>
    calls.filter((call) => call[1] === name).map((call) => literals(call[2] ?? "", vars));
  return {
    refs: argumentsOf("ref").map((args) => {
      const names = [...args]
        .filter(([key]) => /^\d+$/.test(key))
        .map(([, value]) => pythonText(value ?? ""));
      const version = args.get("v") ?? args.get("version") ?? null;
      return {
        name: names.at(-1) ?? "",
        package: names.length > 1 ? (names[0] ?? null) : null,
        version: version === null ? null : pythonText(version ?? ""),
      };
    }),
    sources: argumentsOf("source").map((args) => [
      pythonText(args.get("0") ?? ""),
      pythonText(args.get("1") ?? ""),
    ]),
    configs: argumentsOf("config"),
    macros: [],
  };
}

/** Arguments by name, those without one by their number. */
function literals(text: string, vars: PlainMap): PlainMap {
  const parts = text.match(/(?:[^,'"[\]{}()]|'[^']*'|"[^"]*"|\[[^\]]*\]|\{[^}]*\}|\([^)]*\))+/g) ?? [];
  return new Map(
    parts.map((part, index): [string, Plain] => {
      const [, name = String(index), value = part] = /^\s*(\w+)\s*=\s*(.*)$/s.exec(part) ?? [];
      const call = /^\s*var\((.*)\)\s*$/s.exec(value);
      return [name, call === null ? readYaml(value.trim(), "literal").value : variable(call[1] ?? "", vars)];
    }),
  );
}

function variable(args: string, vars: PlainMap): Plain {
  const given = literals(args, vars);
  return vars.get(pythonText(given.get("0") ?? "")) ?? given.get("1") ?? null;
}

function docOf(args: string, scope: TextScope): string {
  return scope.doc?.([...literals(args, scope.vars).values()].map(pythonText)) ?? "";
}
