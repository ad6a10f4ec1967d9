/** Whether a text has anything for a template to do: dbt leaves one that has not as it is, its last newline included. */
export function hasTemplateMarks(text: string): boolean {
  return /\{[{%#]|[#}%]\}/.test(text);
}
