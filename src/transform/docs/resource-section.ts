import { escaped, grouped, timeText } from "../../pages/html.ts";
import { pythonText } from "../project/plain.ts";
import type { Column, GenericTestNode } from "../project/resources.ts";
import { anchorOf, hrefOf } from "./anchor.ts";
import { descriptionHtml, inlineHtml } from "./description.ts";
import { lineagePicture } from "./lineage-picture.ts";
import { nearLineage, pictureNode } from "./near-lineage.ts";
import type { TableFacts } from "./project-facts.ts";
import type { ShownProject, ShownResource } from "./shown-project.ts";
import { titleOf } from "./title.ts";

/** All that the page says of one resource. */
export function resourceSection(shown: ShownProject, resource: ShownResource): string {
  const { uniqueId, name, description } = resource;
  const problem = shown.facts.problems.get(uniqueId);
  const parts = [
    `<p class="back"><a href="#">← all</a></p>`,
    `<h2>${escaped(titleOf(resource))} <small class="kind ${resource.resourceType}">${kindOf(resource)}</small></h2>`,
    descriptionHtml(description),
    problem === undefined ? "" : `<p class="critical">! ${escaped(problem)}</p>`,
    factList(factsOf(resource, shown.facts.tables.get(uniqueId))),
    lineageOf(shown, resource),
    columnsTable(shown, resource),
    testsList(shown, resource),
    codeOf(shown, resource),
  ];
  return `<section class="resource" id="${anchorOf(uniqueId)}" aria-label="${escaped(name)}">\n${parts.filter((part) => part !== "").join("\n")}\n</section>`;
}

function kindOf({ resourceType, config }: ShownResource): string {
  if (resourceType !== "model") return resourceType;
  return `model, ${escaped(config.materialized)}`;
}

type Fact = readonly [name: string, html: string];

function factsOf(resource: ShownResource, table: TableFacts | undefined): readonly Fact[] {
  const { packageName, originalFilePath, tags } = resource;
  return [
    ...placeFacts(resource, table),
    ...(table?.state === undefined ? [] : stateFacts(table.state)),
    ...(resource.resourceType === "exposure" ? exposureFacts(resource) : []),
    ["package", escaped(packageName)],
    ["file", `<code>${escaped(originalFilePath)}</code>`],
    ...(tags.length === 0 ? [] : [["tags", escaped(tags.join(", "))] as const]),
  ];
}

function placeFacts(resource: ShownResource, table: TableFacts | undefined): readonly Fact[] {
  const { resourceType } = resource;
  if (resourceType === "exposure" || resourceType === "test" || resourceType === "analysis") return [];
  if (!("relationName" in resource) || resource.relationName === null) return [];
  const { schema } = resource;
  const identifier =
    resource.resourceType === "source" ? resource.identifier : "alias" in resource ? resource.alias : "";
  const missing = table === undefined ? ` <span class="quiet">(not in the lake)</span>` : "";
  return [["relation", `<code>${escaped(`${schema}.${identifier}`)}</code>${missing}`]];
}

function stateFacts(state: NonNullable<TableFacts["state"]>): readonly Fact[] {
  const { version, committedAt, rows, bytes, files } = state;
  const when =
    committedAt === undefined
      ? ""
      : `, committed ${escaped(timeText(committedAt.toISOString().replace(/\.\d+Z$/, "Z")))}`;
  return [
    ...(rows === undefined ? [] : [["rows", grouped(rows)] as const]),
    ["size", `${sizeText(bytes)} in ${grouped(files)} ${files === 1 ? "file" : "files"}`],
    ["version", `${version}${when}`],
  ];
}

function exposureFacts({
  type,
  owner,
  maturity,
  url,
}: Extract<ShownResource, { resourceType: "exposure" }>): readonly Fact[] {
  const people = [...owner.values()].filter((value) => value !== null).map(pythonText);
  const address =
    url === null
      ? ""
      : /^https?:\/\//.test(url)
        ? `<a href="${escaped(url)}" rel="noreferrer">${escaped(url)}</a>`
        : escaped(url);
  return [
    ["type", escaped(type)],
    ...(people.length === 0 ? [] : [["owner", escaped(people.join(", "))] as const]),
    ...(maturity === null ? [] : [["maturity", escaped(maturity)] as const]),
    ...(address === "" ? [] : [["address", address] as const]),
  ];
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [divisor, unit] = bytes < 1e6 ? [1e3, "kB"] : bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(bytes / divisor).toPrecision(3)} ${unit}`;
}

function factList(facts: readonly Fact[]): string {
  return `<dl>${facts.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>`).join("")}</dl>`;
}

function lineageOf(shown: ShownProject, resource: ShownResource): string {
  const { uniqueId } = resource;
  const [parents, children] = [shown.parentsOf(uniqueId), shown.childrenOf(uniqueId)];
  if (parents.length + children.length === 0) return "";
  const { resources, left } = nearLineage(shown, uniqueId);
  const more = left === 0 ? "" : `<p class="quiet">${grouped(left)} more farther away</p>`;
  return `<h3>Lineage</h3>
${lineagePicture(
  resources.map((one) => pictureNode(shown, one)),
  uniqueId,
)}
${more}${linksTo("Depends on", parents)}${linksTo(
    "Referenced by",
    children.filter(({ resourceType }) => resourceType !== "test"),
  )}${linksTo(
    "Tested by",
    children.filter(({ resourceType }) => resourceType === "test"),
  )}`;
}

function linksTo(title: string, resources: readonly ShownResource[]): string {
  if (resources.length === 0) return "";
  const links = resources.map((one) => `<a href="${hrefOf(one.uniqueId)}">${escaped(titleOf(one))}</a>`);
  return `<p><span class="quiet">${title}</span> ${links.join(", ")}</p>`;
}

interface ColumnLine {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly isThere: boolean;
}

/** The columns of the relation in its order, then those that only its description has. */
function columnLines(
  table: TableFacts | undefined,
  described: ReadonlyMap<string, Column>,
): readonly ColumnLine[] {
  const byName = new Map([...described.values()].map((column) => [column.name.toLowerCase(), column]));
  const there = (table?.catalog.columns ?? []).map(({ name, type, comment }) => {
    const own = byName.get(name.toLowerCase());
    byName.delete(name.toLowerCase());
    return { name, type, description: own?.description || (comment ?? ""), isThere: true };
  });
  const rest = [...byName.values()].map(({ name, dataType, description }) => ({
    name,
    type: dataType ?? "",
    description,
    isThere: table === undefined,
  }));
  return [...there, ...rest];
}

function columnsTable(shown: ShownProject, resource: ShownResource): string {
  if (!("columns" in resource)) return "";
  const { uniqueId, columns } = resource;
  const lines = columnLines(shown.facts.tables.get(uniqueId), columns);
  if (lines.length === 0) return "";
  const tests = Map.groupBy(shown.testsOf(uniqueId), ({ columnName }) => columnName?.toLowerCase());
  const rows = lines.map(({ name, type, description, isThere }) => {
    const own = tests.get(name.toLowerCase()) ?? [];
    const lost = isThere ? "" : ` <small class="warning">not in the table</small>`;
    return `<tr><td data-name="column"><span><code>${escaped(name)}</code>${lost}</span></td><td data-name="type">${escaped(type)}</td>${longCell("description", inlineHtml(description))}${longCell("tests", own.map(testText).join("<br>"))}</tr>`;
  });
  return `<h3>${lines.length} ${lines.length === 1 ? "column" : "columns"}</h3>
<div class="scroll"><table class="wide columns"><thead><tr><th>column</th><th>type</th><th>description</th><th>tests</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function longCell(name: string, html: string): string {
  return `<td class="${html === "" ? "none" : "long"}" data-name="${name}">${html}</td>`;
}

/** `accepted_values: values [a, b]` */
function testText({ testMetadata, config }: GenericTestNode): string {
  const { name, namespace, kwargs } = testMetadata;
  const given = [...kwargs]
    .filter(([key]) => key !== "model" && key !== "column_name")
    .map(([key, value]) => `${key} ${pythonText(value)}`);
  const full = namespace === null ? name : `${namespace}.${name}`;
  const severity = (config.text("severity") ?? "error").toLowerCase() === "warn" ? " (warns)" : "";
  return escaped(`${full}${given.length === 0 ? "" : `: ${given.join(", ")}`}${severity}`);
}

/** Tests of the table as a whole. */
function testsList(shown: ShownProject, { uniqueId }: ShownResource): string {
  const tests = shown.testsOf(uniqueId).filter(({ columnName }) => columnName === null);
  if (tests.length === 0) return "";
  return `<h3>Tests of the table</h3><ul class="points">${tests.map((test) => `<li>${testText(test)}</li>`).join("")}</ul>`;
}

function codeOf({ facts }: ShownProject, resource: ShownResource): string {
  if (!("rawCode" in resource) || resource.rawCode.trim() === "") return "";
  const compiled = facts.compiled.get(resource.uniqueId);
  return [
    "<h3>SQL</h3>",
    compiled === undefined ? "" : codeBlock("Compiled", compiled),
    codeBlock("Template", resource.rawCode),
  ].join("\n");
}

function codeBlock(title: string, code: string): string {
  return `<details><summary>${title}</summary><pre><code>${escaped(code.trim())}</code></pre></details>`;
}
