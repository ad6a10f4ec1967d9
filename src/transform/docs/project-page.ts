import { escaped, grouped, timeText } from "../../pages/html.ts";
import { pageHtml } from "../../pages/page.ts";
import type { Project } from "../project/project.ts";
import { descriptionHtml } from "./description.ts";
import { lineagePicture } from "./lineage-picture.ts";
import { pictureNode } from "./near-lineage.ts";
import { pageScript } from "./page-script.ts";
import type { ProjectFacts } from "./project-facts.ts";
import { resourceList } from "./resource-list.ts";
import { resourceSection } from "./resource-section.ts";
import { ShownProject } from "./shown-project.ts";
import { style } from "./style.ts";

/**
 * The page of a project: every model, seed, snapshot, source and exposure with its description, columns, tests, SQL and lineage.
 * It stands alone: nothing in it is loaded from anywhere, so it opens from a disk.
 */
export function projectPage(project: Project, facts: ProjectFacts, madeAt: Date): string {
  const shown = new ShownProject(project, facts);
  const sections = shown.resources.map((resource) => resourceSection(shown, resource));
  return pageHtml({
    title: `${project.name}: models and lineage`,
    style,
    script: pageScript,
    body: `<nav aria-label="Resources">
<h1><a href="#">${escaped(project.name)}</a></h1>
<label for="search">Search names, columns and descriptions</label>
<input id="search" type="search" placeholder="Search" autocomplete="off">
<p id="found" class="quiet" role="status"></p>
${resourceList(shown)}
</nav>
<main>
${overview(shown, madeAt)}
${sections.join("\n")}
</main>`,
  });
}

function overview(shown: ShownProject, madeAt: Date): string {
  const { project, resources } = shown;
  const drawn = resources.filter(
    ({ resourceType }) => resourceType !== "test" && resourceType !== "analysis",
  );
  const made = timeText(madeAt.toISOString().replace(/\.\d+Z$/, "Z"));
  const tests = [...project.nodes.values()].filter(({ resourceType }) => resourceType === "test").length;
  const counts = [
    ...kinds.map((kind) => [kind, drawn.filter((one) => one.resourceType === kind).length] as const),
    ["test", tests] as const,
  ]
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${grouped(count)} ${kind}${count === 1 ? "" : "s"}`);
  return `<section id="overview">
<h2>Lineage</h2>
<p>${counts.join(", ")} <small class="quiet">made ${escaped(made)}; times are UTC</small></p>
${overviewText(project)}
${drawn.length === 0 ? "<p>The project has no resources yet.</p>" : legend(drawn.map(({ resourceType }) => resourceType))}
${drawn.length === 0 ? "" : lineagePicture(drawn.map((one) => pictureNode(shown, one)))}
</section>`;
}

const kinds = ["source", "seed", "model", "snapshot", "exposure"] as const;

function legend(there: readonly string[]): string {
  const items = kinds
    .filter((kind) => there.includes(kind))
    .map(
      (kind) =>
        `<li class="${kind}"><svg width="14" height="12" aria-hidden="true"><rect x="1" y="1" width="12" height="10" rx="2"/></svg><span>${kind}</span></li>`,
    );
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** The docs block that dbt shows first. */
function overviewText({ docs, name }: Project): string {
  const own = [...docs.values()].find((doc) => doc.name === "__overview__" && doc.packageName === name);
  return own === undefined ? "" : descriptionHtml(own.contents);
}
