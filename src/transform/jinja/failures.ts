import { typeName } from "./printing.ts";
import { TemplateError } from "./template-error.ts";
import type { Value } from "./values.ts";

// Python's exceptions, in Python's words: who knows dbt knows these messages.

export function typeError(message: string): TemplateError {
  return new TemplateError("TEMPLATE_TYPE", message);
}

export function valueError(message: string): TemplateError {
  return new TemplateError("TEMPLATE_VALUE", message);
}

export function limitError(message: string): TemplateError {
  return new TemplateError("TEMPLATE_LIMIT", message);
}

export function notIterable(value: Value): TemplateError {
  return typeError(`'${typeName(value)}' object is not iterable`);
}

export function notCallable(value: Value): TemplateError {
  return typeError(`'${typeName(value)}' object is not callable`);
}

export function unhashable(type: string): TemplateError {
  return typeError(`unhashable type: '${type}'`);
}
