/** The patterns of Python's `fnmatch`: `*`, `?`, `[abc]`, `[!abc]`; a star also stands for slashes and dots. */
export function matchesPattern(text: string, pattern: string): boolean {
  return patternOf(pattern).test(text);
}

const patterns = new Map<string, RegExp>();

function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  // Each part is what it matches, without nested repetition: no pattern takes exponential time.
  const source = pattern.replaceAll(/\*+|\?|\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part.startsWith("*")) return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    return part.length > 1 ? setOf(part) : escaped(part);
  });
  const made = new RegExp(`^(?:${source})$`);
  patterns.set(pattern, made);
  return made;
}

function setOf(part: string): string {
  const isNegated = part.startsWith("[!");
  const inside = part.slice(isNegated ? 2 : 1, -1).replaceAll(/[\\\]^]/g, String.raw`\$&`);
  return `[${isNegated ? "^" : ""}${inside}]`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.+^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** The patterns of paths: a star stays within a folder, two stars stand for any folders. */
export function matchesPath(path: string, pattern: string): boolean {
  return pathPattern(pattern.replace(/^\.\//, "").replace(/\/+$/, "")).test(path);
}

/** A path's pattern as a regular expression, without anchors at either end of a part. */
export function pathSource(pattern: string): string {
  return pattern.replaceAll(/\*\*\/?|\*|\?|[\s\S]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : escaped(part);
  });
}

const pathPatterns = new Map<string, RegExp>();

function pathPattern(pattern: string): RegExp {
  const known = pathPatterns.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^${pathSource(pattern)}$`);
  pathPatterns.set(pattern, made);
  return made;
}
