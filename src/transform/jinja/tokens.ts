/** A piece of a template: text between tags, the edges of tags, and what stands in them. */
export type Token =
  | { readonly type: "data" | "name" | "string" | "operator"; readonly value: string; readonly line: number }
  | { readonly type: "integer"; readonly value: bigint; readonly line: number }
  | { readonly type: "float"; readonly value: number; readonly line: number }
  | { readonly type: TagEdge | "end"; readonly value: ""; readonly line: number };

export type TagEdge = "variable begin" | "variable end" | "block begin" | "block end";

/** How an error names a token. */
export function describe(token: Token): string {
  switch (token.type) {
    case "variable begin":
      return "{{";
    case "variable end":
      return "}}";
    case "block begin":
      return "{%";
    case "block end":
      return "%}";
    case "end":
      return "end of template";
    case "data":
      return "text";
    case "string":
      return JSON.stringify(token.value);
    default:
      return String(token.value);
  }
}
