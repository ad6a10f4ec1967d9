import type { AlertLogLine, Notice } from "./alert.ts";
import { postJson } from "./post-json.ts";
import type { HttpPlace } from "./post-json.ts";

/** Slack refuses texts of more than 3,000 characters in a block, and 150 in a header. */
const blockLengthMax = 2800;
const headerLengthMax = 150;
/** The end of a log takes at most so many blocks. */
const logBlocksMax = 6;

const symbols: Readonly<Record<string, string>> = { failure: "🔴", late: "🟠", recovered: "🟢", test: "⚪" };

/** Sends an alert to an incoming webhook of Slack. */
export async function sendToSlack({ alert }: Notice, place: HttpPlace): Promise<void> {
  const { kind, title, text, nextStep, log } = alert;
  const headline = `${symbols[kind] ?? ""} ${title}`;
  await postJson(place, {
    // Where blocks are not shown, as in a notification.
    text: escaped(headline),
    blocks: [
      { type: "header", text: { type: "plain_text", text: cut(headline, headerLengthMax) } },
      section(cut(escaped(text), blockLengthMax)),
      ...logBlocks(log).map((lines) => section(`\`\`\`${lines}\`\`\``)),
      section(escaped(cut(nextStep, 1000))),
    ],
  });
}

function section(text: string): Readonly<Record<string, unknown>> {
  return { type: "section", text: { type: "mrkdwn", text } };
}

/** The lines in as few texts as Slack takes; what does not fit is cut off at the beginning. */
function logBlocks(log: readonly AlertLogLine[]): readonly string[] {
  const blocks: string[] = [];
  for (const { line } of log) {
    // Three backticks would end the block.
    const text = cut(escaped(line.replaceAll("```", "'''")), blockLengthMax);
    const last = blocks.at(-1);
    if (last === undefined || last.length + 1 + text.length > blockLengthMax) blocks.push(text);
    else blocks[blocks.length - 1] = `${last}\n${text}`;
  }
  return blocks.slice(-logBlocksMax).filter((text) => text.trim() !== "");
}

/** So no text can call people, or make a link. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
