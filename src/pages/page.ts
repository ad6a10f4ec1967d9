import { createHash } from "node:crypto";

import { escaped } from "./html.ts";

/** A page of HTML that stands alone. */
export interface Page {
  readonly title: string;
  readonly style: string;
  /** What stands in the body, as HTML. */
  readonly body: string;
  /** JavaScript for what a page can do without a server; it must not hold `</script`. */
  readonly script?: string | undefined;
}

/** The page as one text. Nothing in it is loaded from anywhere, and no script runs in it except its own. */
export function pageHtml({ title, style, body, script }: Page): string {
  const allowed = script === undefined ? "" : `; script-src 'sha256-${sha256(script)}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${allowed}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${script === undefined ? "" : `<script>${script}</script>\n`}</body>
</html>
`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
