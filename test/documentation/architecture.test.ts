// The picture of the folders in ARCHITECTURE.md is that of the file system and of the import rules.
import assert from "node:assert/strict";
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { engine, engineRooms, rooms } from "../../scripts/rooms.ts";
import { blocksOf, root } from "./blocks.ts";

const product = "src";
const engineFolder = "packages/delta/src";

interface Folder {
  /** From the root, without a slash at its end. */
  readonly path: string;
  /** What its brackets say; `undefined` without brackets. */
  readonly uses: readonly string[] | undefined;
}

const picture = readPicture();

for (const parent of [product, engineFolder]) {
  test(`the picture shows every folder below ${parent}, and no other`, () => {
    const there = globSync(`${parent}/**/`, { cwd: root })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path !== parent && statSync(join(root, path)).isDirectory());
    const shown = picture.map(({ path }) => path).filter((path) => path.startsWith(`${parent}/`));
    const lines = [
      ...there
        .filter((path) => !shown.includes(path))
        .map((path) => `${path}: add a line that says what it is and which rooms it may import`),
      ...shown.filter((path) => !there.includes(path)).map((path) => `${path}: there is no such folder`),
      ...shown
        .filter((path, place) => shown.indexOf(path) < place)
        .map((path) => `${path}: it stands there twice`),
    ];
    assert.deepEqual(lines, [], "The picture in ARCHITECTURE.md differs from the folders");
  });
}

test("every other folder of the picture is there", () => {
  const lost = picture.filter(({ path }) => !existsSync(join(root, path)));
  assert.deepEqual(
    lost.map(({ path }) => path),
    [],
  );
});

test("the rooms of the product stand in the order of the import rules, with what each may import", () => {
  const shown = roomsOf(product).map(({ path, uses }) => `${path} [${uses?.join(", ") ?? "no brackets"}]`);
  const ruled = [
    ...rooms.map(({ name, uses }) => {
      const used = uses.map((one) => (one === engine ? "delta" : one));
      return `${product}/${name} [${used.join(", ") || "nothing"}]`;
    }),
    `${product}/cli [all]`,
  ];
  assert.deepEqual(shown, ruled, "The picture in ARCHITECTURE.md differs from rooms in scripts/rooms.ts");
});

test("a room may import rooms that stand before it alone", () => {
  const climbing = rooms.flatMap(({ name, uses }, place) => {
    const before = new Set([engine, ...rooms.slice(0, place).map((room) => room.name)]);
    return uses.filter((used) => !before.has(used)).map((used) => `${name} uses ${used}`);
  });
  assert.deepEqual(climbing, [], "scripts/rooms.ts lists a room before one that it uses");
});

test("the rooms of the engine stand in the order of the import rules", () => {
  assert.deepEqual(
    roomsOf(engineFolder).map(({ path }) => path),
    engineRooms.map((name) => `${engineFolder}/${name}`),
    "The picture in ARCHITECTURE.md differs from engineRooms in scripts/rooms.ts",
  );
});

function roomsOf(parent: string): readonly Folder[] {
  const depth = parent.split("/").length + 1;
  return picture.filter(({ path }) => path.startsWith(`${parent}/`) && path.split("/").length === depth);
}

/** A line is a folder, two spaces deeper for each level; one without a folder goes on with the line before. */
function readPicture(): readonly Folder[] {
  const block = blocksOf("ARCHITECTURE.md").find(({ language }) => language === "text");
  assert.ok(block !== undefined, "ARCHITECTURE.md has no picture of the folders");
  const above: string[] = [];
  return block.text
    .replaceAll(/\n {20,}/g, " ")
    .split("\n")
    .map((line): Folder => {
      const [, indent = "", name = "", rest = ""] = /^( *)(\S+)\/(.*)$/.exec(line) ?? [];
      assert.notEqual(name, "", `A line of the picture names no folder: ${line}`);
      above.splice(indent.length / 2, above.length, name);
      const brackets = /\[([^\]]*)\]$/.exec(rest)?.[1];
      return { path: above.join("/"), uses: brackets?.split(", ") };
    });
}
