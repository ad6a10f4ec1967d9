import { defineConfig } from "oxlint";

import { engine, engineRooms, rooms } from "./scripts/rooms.ts";

const allRooms = [...rooms.map(({ name }) => name), "cli"];

/** Whole packages are used by name: neither through their folder, nor past what they publish. */
const packagesByName = {
  regex: "/packages/|^finance-feedback-[a-z]+/src/",
  message: "Import another package by its name, from what it publishes.",
};

const engineAlone = {
  regex: "finance-feedback-pipelines|(\\.\\./)+src/",
  message: "The engine must not import the product.",
};

function refused(folder: string, name: string, regex: string, other: string) {
  return { regex, message: `${folder}/${name} must not import ${other}; ARCHITECTURE.md says why.` };
}

const roomRules = rooms.map(({ name, uses }) => {
  const others = allRooms.filter((other) => other !== name && !uses.includes(other));
  const patterns = others.map((other) => refused("src", name, `(^|/)\\.\\./${other}/`, `src/${other}`));
  if (!uses.includes(engine)) patterns.push(refused("src", name, `^${engine}$`, engine));
  return rule(`src/${name}/**`, [...patterns, packagesByName]);
});

const engineRules = engineRooms.map((name, place) =>
  rule(`packages/delta/src/${name}/**`, [
    ...engineRooms
      .slice(place + 1)
      .map((other) => refused("packages/delta/src", name, `(^|/)\\.\\./${other}/`, other)),
    engineAlone,
  ]),
);

function rule(files: string, patterns: readonly { readonly regex: string; readonly message: string }[]) {
  return {
    files: [files],
    rules: { "no-restricted-imports": ["error", { patterns: [...patterns] }] as const },
  };
}

export default defineConfig({
  plugins: ["typescript", "import", "node", "unicorn", "promise"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": [
      "error",
      {
        allowForKnownSafeCalls: [
          {
            from: "package",
            package: "node:test",
            name: ["test", "it", "describe", "suite", "before", "after"],
          },
        ],
      },
    ],
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": [
      "error",
      {
        considerDefaultExhaustiveForUnions: true,
      },
    ],
    "typescript/consistent-return": "off",
    "typescript/return-await": ["error", "in-try-catch"],
    "typescript/consistent-type-imports": "error",
    "typescript/prefer-readonly": "error",
    "typescript/ban-ts-comment": "error",
    "import/no-default-export": "error",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    eqeqeq: "error",
    "no-await-in-loop": "off",
    "no-console": "error",
  },
  ignorePatterns: [
    "dist",
    "api-reference",
    "packages/*/dist",
    "interop/.cache",
    "interop/.venv",
    "interop/.venv-dbt",
    "interop/.venv-airflow",
    "data",
  ],
  overrides: [
    {
      files: ["bench/**", "interop/**", "scripts/**", "bin/**", "examples/**"],
      rules: { "no-console": "off" },
    },
    { files: ["oxlint.config.ts"], rules: { "import/no-default-export": "off" } },
    ...roomRules,
    rule("src/cli/**", [packagesByName]),
    rule("src/*.ts", [packagesByName]),
    rule("packages/delta/src/*.ts", [engineAlone]),
    ...engineRules,
  ],
});
