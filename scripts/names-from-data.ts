// Refuses `record[name]` where the name is any text: `record["__proto__"]` is never the record's own, and
// `record["constructor"]` is a function. Names that come from data are looked up in a Map, or by the functions of
// own-members.ts. Part of `npm run check:lint`; needs types, which oxlint's own rules do not get.
import { relative } from "node:path";
import { isElementAccessExpression, isTemplateExpression } from "typescript/unstable/ast/is";
import type { ElementAccessExpression, Node, SourceFile } from "typescript/unstable/ast";
import { API, TypeFlags } from "typescript/unstable/sync";
import type { Type } from "typescript/unstable/sync";

const ownMembers = "packages/delta/src/contract/own-members.ts";
const root = process.cwd();
const api = new API({ cwd: root });
const snapshot = api.updateSnapshot({ openProjects: ["tsconfig.json"] });
const [project] = snapshot.getProjects();
if (project === undefined) throw new Error("There is no tsconfig.json here");

const problems: string[] = [];
for (const name of project.program.getSourceFileNames()) {
  const path = relative(root, name);
  const file =
    /^(?:src|packages\/\w+\/src)\//.test(path) && path !== ownMembers
      ? project.program.getSourceFile(name)
      : undefined;
  if (file === undefined) continue;
  // zod's record leaves out a member called __proto__.
  if (/\bz\.record\(/.test(file.text)) problems.push(`${path}: z.record; use jsonRecord`);
  const accesses = elementAccesses(file);
  const types = project.checker.getTypeAtLocation(accesses.map((access) => access.argumentExpression));
  accesses.forEach((access, index) => {
    if (!isAnyText(types[index])) return;
    const { line, character } = file.getLineAndCharacterOfPosition(access.getStart(file));
    problems.push(`${path}:${line + 1}:${character + 1}: ${access.getText(file)}`);
  });
}
api.close();

if (problems.length > 0) {
  console.error(`A name from data must not be looked up like this; use a Map, ownMember or setMember:`);
  console.error(problems.join("\n"));
  process.exitCode = 1;
}

function elementAccesses(file: SourceFile): ElementAccessExpression[] {
  const found: ElementAccessExpression[] = [];
  const visit = (node: Node): void => {
    // A text that begins with one of our own, such as `row[`value_${index}`]`, is no name from data.
    if (isElementAccessExpression(node) && !isTemplateExpression(node.argumentExpression)) found.push(node);
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

/** A text of which the type does not say what it can be. */
function isAnyText(type: Type | undefined): boolean {
  if (type === undefined) return false;
  if (type.isUnionType()) return type.getTypes().some(isAnyText);
  return (type.flags & (TypeFlags.String | TypeFlags.TemplateLiteral | TypeFlags.StringMapping)) !== 0;
}
