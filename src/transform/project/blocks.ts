import { ProjectError } from "./project-error.ts";

/** A `{% kind name … %}…{% endkind %}` that stands in no other block. */
export interface TemplateBlock {
  readonly kind: string;
  /** What follows the kind in the opening tag: `orders_snapshot`, `cents(column)`. */
  readonly signature: string;
  /** From the opening tag to the closing one. */
  readonly text: string;
  /** What stands between the two. */
  readonly contents: string;
  /** The line of the opening tag, and of the contents, from 1. */
  readonly line: number;
  readonly contentsLine: number;
}

/**
 * The blocks of the given kinds in a file. What stands in comments, raw blocks and other text is passed over.
 *
 * @throws ProjectError `INVALID_TEMPLATE` for a block that does not end
 */
export function topLevelBlocks(
  text: string,
  kinds: ReadonlySet<string>,
  file: string,
): readonly TemplateBlock[] {
  const blocks: TemplateBlock[] = [];
  let open: { readonly tag: Tag; readonly kind: string } | undefined;
  for (const tag of tagsOf(text, file)) {
    if (open === undefined) {
      if (kinds.has(tag.name)) open = { tag, kind: tag.name };
    } else if (tag.name === `end${open.kind}`) {
      blocks.push(blockBetween(text, open.tag, tag));
      open = undefined;
    } else if (tag.name === open.kind) {
      throw invalid(
        text,
        tag.start,
        file,
        `A ${tag.name} block stands in the ${open.kind} block of line ${lineAt(text, open.tag.start)}`,
      );
    }
  }
  if (open !== undefined)
    throw invalid(
      text,
      open.tag.start,
      file,
      `The ${open.kind} block does not end: {% end${open.kind} %} is missing`,
    );
  return blocks;
}

interface Tag {
  readonly name: string;
  readonly rest: string;
  readonly start: number;
  readonly end: number;
}

const opening = /\{[{%#]/g;
const tagName = /\{%[-+]?\s*(\w+)/y;

function* tagsOf(text: string, file: string): Generator<Tag> {
  let position = 0;
  for (;;) {
    opening.lastIndex = position;
    const found = opening.exec(text);
    if (found === null) return;
    const start = found.index;
    if (found[0] === "{#") {
      const end = text.indexOf("#}", start + 2);
      if (end < 0) throw invalid(text, start, file, "The comment does not end: #} is missing");
      position = end + 2;
      continue;
    }
    const end = endOfTag(text, start + 2, found[0] === "{{" ? "}}" : "%}");
    if (end === undefined) {
      // Text that only looks like an opening, as in a documentation file.
      position = start + 2;
      continue;
    }
    position = end;
    if (found[0] === "{{") continue;
    tagName.lastIndex = start;
    const name = tagName.exec(text);
    if (name?.[1] === undefined) continue;
    if (name[1] === "raw") {
      position = endOfRaw(text, end, start, file);
      continue;
    }
    const rest = text
      .slice(tagName.lastIndex, end - 2)
      .replace(/[-+]$/, "")
      .trim();
    yield { name: name[1], rest, start, end };
  }
}

/** Behind the closing marks, unless they stand in a quoted text. */
function endOfTag(text: string, from: number, closing: string): number | undefined {
  let quote: string | undefined;
  for (let position = from; position < text.length; position += 1) {
    const character = text[position];
    if (quote !== undefined) {
      if (character === "\\") position += 1;
      else if (character === quote) quote = undefined;
    } else if (character === "'" || character === '"') quote = character;
    else if (text.startsWith(closing, position)) return position + 2;
  }
  return undefined;
}

const rawEnd = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;

function endOfRaw(text: string, from: number, start: number, file: string): number {
  rawEnd.lastIndex = from;
  if (rawEnd.exec(text) === null)
    throw invalid(text, start, file, "The raw block does not end: {% endraw %} is missing");
  return rawEnd.lastIndex;
}

function blockBetween(text: string, first: Tag, last: Tag): TemplateBlock {
  const stripsStart = text[first.end - 3] === "-";
  const stripsEnd = text[last.start + 2] === "-";
  const inside = text.slice(first.end, last.start);
  const kept = stripsStart ? inside.trimStart() : inside;
  return {
    kind: first.name,
    signature: first.rest,
    text: text.slice(first.start, last.end),
    contents: stripsEnd ? kept.trimEnd() : kept,
    line: lineAt(text, first.start),
    contentsLine: lineAt(text, first.end + inside.length - kept.length),
  };
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (
    let position = text.indexOf("\n");
    position >= 0 && position < offset;
    position = text.indexOf("\n", position + 1)
  )
    line += 1;
  return line;
}

function invalid(text: string, offset: number, file: string, message: string): ProjectError {
  return new ProjectError("INVALID_TEMPLATE", message, { place: { file, line: lineAt(text, offset) } });
}
