import type { AreaReport } from "../../doctor/check.ts";
import type { Finding, Severity } from "../../doctor/finding.ts";
import { countText } from "./count-text.ts";
import type { Paint } from "./paint.ts";
import { printList } from "./print-list.ts";
import { writeOut } from "./write-out.ts";

const order: readonly Severity[] = ["error", "warning", "info"];

/** Prints the doctor's findings: a table for people with the commands to type, or one document. */
export async function printReports(reports: readonly AreaReport[], asJson: boolean): Promise<void> {
  const found = reports
    .flatMap(({ area, findings }) => findings.map((finding) => ({ area, ...finding })))
    .toSorted((left, right) => order.indexOf(left.severity) - order.indexOf(right.severity));
  const count = (severity: Severity): number => found.filter((one) => one.severity === severity).length;
  if (asJson) {
    const document = {
      healthy: count("error") === 0,
      errors: count("error"),
      warnings: count("warning"),
      areas: reports.map(({ area, findings }) => ({ area, status: statusOf(findings) })),
      findings: found,
    };
    await writeOut(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const summary = [
    countText(count("error"), "error"),
    countText(count("warning"), "warning"),
    countText(count("info"), "note"),
  ].join(", ");
  await writeOut(`${count("error") === 0 ? "Healthy" : "Not healthy"}: ${summary}.\n`);
  const well = reports.filter(({ findings }) => findings.length === 0).map(({ area }) => area);
  if (well.length > 0) await writeOut(`Nothing found: ${well.join(", ")}.\n`);
  if (found.length === 0) return;
  await writeOut("\n");
  await printList(["", "severity", "area", "subject"], found.map(numbered), false, {
    below: ({ found: what, meaning }) => `${sentence(String(what))} ${String(meaning)}`,
    colors: new Map([["severity", (severity) => colors.get(String(severity))]]),
  });
  const lines = found.flatMap(({ commands }, index) => commands.map((command) => `${index + 1}  ${command}`));
  if (lines.length > 0) await writeOut(`\nTo mend them, type:\n\n${lines.join("\n")}\n`);
}

function numbered<Item extends object>(item: Item, index: number): Item & { readonly "": string } {
  return { "": String(index + 1), ...item };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function statusOf(findings: readonly Finding[]): Severity | "ok" {
  return order.find((severity) => findings.some((one) => one.severity === severity)) ?? "ok";
}

const colors: ReadonlyMap<string, Paint> = new Map<string, Paint>([
  ["error", "red"],
  ["warning", "yellow"],
  ["info", "dim"],
]);
