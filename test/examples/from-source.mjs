// Resolves the packages' names to their sources, so that an example runs without a build.
import { registerHooks } from "node:module";

const sources = new Map([
  ["finance-feedback-pipelines", new URL("../../src/index.ts", import.meta.url).href],
  ["finance-feedback-pipelines/delta", new URL("../../packages/delta/src/index.ts", import.meta.url).href],
]);

registerHooks({
  resolve: (specifier, context, next) => next(sources.get(specifier) ?? specifier, context),
});
