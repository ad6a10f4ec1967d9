import { escaped } from "../../pages/html.ts";

/**
 * The description of a resource as HTML: of Markdown the paragraphs, headings, lists, fenced blocks, `code`, **bold** and links to
 * the web. Whatever else it holds stands as it was written.
 */
export function descriptionHtml(text: string): string {
  const blocks = text.replaceAll("\r\n", "\n").split(/^```[^\n]*\n([^]*?)^```[^\n]*$/m);
  return blocks
    .map((block, index) => (index % 2 === 1 ? `<pre><code>${escaped(block)}</code></pre>` : proseHtml(block)))
    .join("");
}

function proseHtml(text: string): string {
  return text
    .split(/\n[ \t]*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== "")
    .map(blockHtml)
    .join("");
}

function blockHtml(block: string): string {
  const lines = block.split("\n");
  if (lines.every((line) => /^\s*[-*+] /.test(line))) {
    const items = lines.map((line) => `<li>${inlineHtml(line.replace(/^\s*[-*+] /, ""))}</li>`);
    return `<ul class="points">${items.join("")}</ul>`;
  }
  const [first = "", ...rest] = lines;
  const heading = /^#{1,6} +(.*)$/.exec(first)?.[1];
  if (heading !== undefined)
    return `<p><b>${inlineHtml(heading)}</b></p>${rest.length === 0 ? "" : blockHtml(rest.join("\n"))}`;
  return `<p class="prose">${inlineHtml(block)}</p>`;
}

/** One line of it, such as the description of a column. */
export function inlineHtml(text: string): string {
  return text
    .split(/`([^`\n]+)`/)
    .map((part, index) => (index % 2 === 1 ? `<code>${escaped(part)}</code>` : markedHtml(escaped(part))))
    .join("");
}

/** @param html escaped already, so that no quote can leave an attribute. */
function markedHtml(html: string): string {
  return html
    .replaceAll(
      /\[([^\]\n]+)\]\((https?:\/\/[^\s()]+)\)/g,
      (_, text: string, address: string) => `<a href="${address}" rel="noreferrer">${text}</a>`,
    )
    .replaceAll(/\*\*([^*\n]+)\*\*/g, "<b>$1</b>");
}
