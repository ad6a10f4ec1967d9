/** Names and samples come from tables of any origin. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A text in which names stand between backticks. */
export function inline(text: string): string {
  return escaped(text).replaceAll(/`([^`]*)`/g, "<code>$1</code>");
}

/** A number as people read it, with thousands apart. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** A share of 100 with as many digits as tell it from none and from all. */
export function percentText(percent: number): string {
  if (percent > 0 && percent < 0.01) return "less than 0.01 %";
  if (percent < 100 && percent > 99.99) return "more than 99.99 %";
  return `${Number(percent.toPrecision(percent < 1 ? 1 : 3))} %`;
}

/** `2026-01-31 12:00` of an instant in ISO 8601; another text as it is. */
export function timeText(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?Z$/.exec(text);
  if (match === null) return text;
  const [, day = "", minutes = "", seconds = ""] = match;
  const shown = /^:00(?:\.0+)?$/.test(seconds) ? "" : seconds.replace(/\.0+$/, "");
  return `${day} ${minutes}${shown}`;
}

/** The same as a day alone. */
export function dayText(text: string): string {
  return /^\d{4}-\d{2}-\d{2}T/.test(text) ? text.slice(0, 10) : text;
}

/** `a, b and c`; of many only the first. */
export function listText(items: readonly string[], most = 8): string {
  if (items.length > most) return `${items.slice(0, most).join(", ")} and ${items.length - most} more`;
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}
