import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import { projectFolder } from "./folders.ts";

/** Where a thread of JavaScript spent its time; waiting for the engine, the disk and the network is `(idle)`. */
export interface Profile {
  /** By folder of `src`, or by what ran when nothing of `src` was on the stack; shares of 1, the largest first. */
  readonly places: readonly Share[];
  /** By function, itself alone; built-in functions with who calls them. */
  readonly functions: readonly Share[];
}

export interface Share {
  readonly name: string;
  readonly share: number;
}

export const profileSchema: z.ZodType<Profile> = z.strictObject({
  places: z.array(z.strictObject({ name: z.string(), share: z.number() })),
  functions: z.array(z.strictObject({ name: z.string(), share: z.number() })),
});

const placesMax = 12;
const functionsMax = 20;

const fileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

interface Frame {
  readonly functionName: string;
  /** From the project's folder for its files, else as the profiler names it; empty for built-in functions. */
  readonly path: string;
  readonly line: number;
  readonly parent: Frame | undefined;
}

/** Sums up a profile in the format of V8's `.cpuprofile` files. */
export function readProfile(path: string): Profile {
  const file = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const frames = framesOf(file.nodes);
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  file.samples.forEach((id, index) => {
    const frame = frames.get(id);
    const micros = Math.max(0, file.timeDeltas[index] ?? 0);
    if (frame === undefined || isProfiler(frame)) return;
    total += micros;
    add(places, placeOf(frame), micros);
    add(functions, functionOf(frame), micros);
  });
  return {
    places: largest(places, total, placesMax),
    functions: largest(functions, total, functionsMax),
  };
}

type ProfileNode = z.infer<typeof fileSchema>["nodes"][number];

/** Parents come before their children in these files. */
function framesOf(nodes: readonly ProfileNode[]): Map<number, Frame> {
  const parents = new Map<number, number>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node.id);
  const frames = new Map<number, Frame>();
  for (const { id, callFrame } of nodes) {
    const parentId = parents.get(id);
    frames.set(id, {
      functionName: callFrame.functionName === "" ? "anonymous" : callFrame.functionName,
      path: shortPath(callFrame.url),
      line: callFrame.lineNumber + 1,
      parent: parentId === undefined ? undefined : frames.get(parentId),
    });
  }
  return frames;
}

function shortPath(url: string): string {
  if (!url.startsWith("file:")) return url;
  const packageFile = /node_modules\/.*$/.exec(url)?.[0];
  if (packageFile !== undefined) return packageFile;
  return relative(projectFolder, fileURLToPath(url)).split(sep).join("/");
}

/** The profiler's own start and end are within what it samples. */
function isProfiler(frame: Frame): boolean {
  return nearestFile(frame)?.path === "node:inspector";
}

/** The folder of `src` that is working, itself or through what it calls. */
function placeOf(frame: Frame): string {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    const folder = /^src\/[^/]+/.exec(at.path)?.[0];
    if (folder !== undefined) return folder;
  }
  if (frame.functionName.startsWith("(") && frame.path === "") return frame.functionName;
  return packageOf(nearestFile(frame)?.path ?? "");
}

function packageOf(path: string): string {
  if (path === "") return "built-in";
  if (path.startsWith("node:")) return "node";
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split("/")[0] ?? path;
}

function functionOf(frame: Frame): string {
  if (frame.path !== "") return `${frame.functionName} ${frame.path}:${frame.line}`;
  const caller = nearestFile(frame);
  if (caller === undefined || frame.functionName.startsWith("(")) return frame.functionName;
  return `${frame.functionName} < ${caller.functionName} ${caller.path}:${caller.line}`;
}

function nearestFile(frame: Frame): Frame | undefined {
  let at: Frame | undefined = frame;
  while (at !== undefined && at.path === "") at = at.parent;
  return at;
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function largest(sums: ReadonlyMap<string, number>, total: number, count: number): Share[] {
  return [...sums]
    .map(([name, sum]) => ({ name, share: Math.round((sum / total) * 10_000) / 10_000 }))
    .toSorted((left, right) => right.share - left.share)
    .slice(0, count);
}
