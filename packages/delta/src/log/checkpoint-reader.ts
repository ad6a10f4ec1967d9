import type { Engine } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { Action, CheckpointMetadata, SidecarFile } from "../protocol/actions.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { readActions } from "./commit-file.ts";
import { sidecarFolder } from "./log-files.ts";
import type { CheckpointFiles } from "./log-files.ts";
import { TableState } from "./table-state.ts";

/** Parts fetched at once from a store that is not the local disk. */
const fetchConcurrency = 16;

/**
 * Reads a checkpoint: a classic one of one or several files, or a V2 checkpoint with its sidecars.
 *
 * Source: PROTOCOL.md, "Checkpoints", "Checkpoint Specs", "Sidecar File Information".
 *
 * @throws DeltaError `CORRUPT_LOG` when it is not the complete state of its version; `UNSAFE_PATH` for a sidecar outside
 *   its folder; the engine's or the store's error for what cannot be read.
 */
export async function loadCheckpoint(
  store: ObjectStore,
  engine: Engine,
  checkpoint: CheckpointFiles,
): Promise<TableState> {
  const state = new TableState(store.uri);
  const contents = new Contents(describe(store, checkpoint), checkpoint);
  for await (const actions of topActions(store, engine, checkpoint)) {
    contents.look(actions);
    state.apply(actions);
  }
  contents.check();
  const sidecars = contents.sidecars.map((sidecar) => ({ ...sidecar, path: sidecarPath(sidecar.path) }));
  const localPaths = await mapConcurrently(sidecars, fetchConcurrency, (sidecar) =>
    store.localPath(sidecar.path, { size: sidecar.sizeInBytes }),
  );
  for await (const actions of engine.readCheckpoint(localPaths)) {
    state.apply(actions.filter((action) => "add" in action || "remove" in action));
  }
  if (state.protocol === undefined || state.metadata === undefined) {
    throw new DeltaError(
      "CORRUPT_LOG",
      `${describe(store, checkpoint)} has no protocol or no metadata: it is not a checkpoint`,
    );
  }
  contents.checkFiles(state.files.size, state.tombstones.size);
  return state;
}

/** The paths of the sidecars that a checkpoint names; none for what is no V2 checkpoint. */
export async function sidecarPathsOf(
  store: ObjectStore,
  engine: Engine,
  checkpoint: CheckpointFiles,
): Promise<string[]> {
  const paths: string[] = [];
  for await (const actions of topActions(store, engine, checkpoint)) {
    for (const action of actions) if ("sidecar" in action) paths.push(sidecarPath(action.sidecar.path));
  }
  return paths;
}

/**
 * Where a sidecar lies. Its path is URI-encoded, and a mere name as a rule. As sidecars are always in the table's own
 * folder, of an absolute path only the name counts: the table may have been moved since.
 *
 * Source: PROTOCOL.md, "Sidecar File Information".
 *
 * @throws DeltaError `UNSAFE_PATH` for any other path, `CORRUPT_LOG` for one that is no URI.
 */
export function sidecarPath(path: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (error) {
    throw new DeltaError("CORRUPT_LOG", `The sidecar ${JSON.stringify(path)} is not a valid URI`, {
      cause: error,
    });
  }
  const absolute = /^(?:[a-z][a-z0-9+.-]*:|\/).*\/_delta_log\/_sidecars\/([^/]+)$/is.exec(decoded);
  const name = absolute?.[1] ?? decoded;
  const isName = name !== "" && name !== "." && name !== ".." && !/[/\\:]/.test(name);
  if (!isName || name.includes("\u0000")) {
    throw new DeltaError("UNSAFE_PATH", `The sidecar ${JSON.stringify(path)} is not in ${sidecarFolder}`);
  }
  return `${sidecarFolder}/${name}`;
}

async function* topActions(
  store: ObjectStore,
  engine: Engine,
  checkpoint: CheckpointFiles,
): AsyncIterable<readonly Action[]> {
  const [path] = checkpoint.paths;
  if (path?.endsWith(".json") === true) yield await readActions(store, path);
  else {
    yield* engine.readCheckpoint(
      await mapConcurrently(checkpoint.paths, fetchConcurrency, (part) => store.localPath(part)),
    );
  }
}

/** Checks a checkpoint against what it says of itself. */
class Contents {
  readonly sidecars: SidecarFile[] = [];
  readonly #checkpoint: CheckpointFiles;
  readonly #where: string;
  #metadata: CheckpointMetadata | undefined;

  constructor(where: string, checkpoint: CheckpointFiles) {
    this.#where = where;
    this.#checkpoint = checkpoint;
  }

  look(actions: readonly Action[]): void {
    for (const action of actions) {
      if ("sidecar" in action) this.sidecars.push(action.sidecar);
      else if ("checkpointMetadata" in action) this.#metadata = action.checkpointMetadata;
    }
  }

  check(): void {
    const { kind, version } = this.#checkpoint;
    if (this.#metadata !== undefined && this.#metadata.version !== version)
      throw this.#corrupt(`it says that it is one of version ${this.#metadata.version}`);
    if (this.#metadata !== undefined && kind === "multi-part")
      throw this.#corrupt("V2 checkpoints have no parts");
    if (this.#metadata === undefined && (kind === "unique" || this.sidecars.length > 0))
      throw this.#corrupt("a V2 checkpoint needs checkpointMetadata");
  }

  /** Writers count what they wrote: a text cut off between two lines looks whole otherwise. */
  checkFiles(adds: number, removes: number): void {
    const tags = this.#metadata?.tags ?? {};
    const expectedAdds = tags[checkpointTags.adds];
    const expectedInSidecars = tags[checkpointTags.fileActions];
    if (expectedAdds !== undefined && Number(expectedAdds) !== adds)
      throw this.#corrupt(`it has ${adds} files and should have ${expectedAdds}`);
    if (
      expectedInSidecars !== undefined &&
      this.sidecars.length > 0 &&
      Number(expectedInSidecars) !== adds + removes
    ) {
      throw this.#corrupt(
        `its sidecars have ${adds + removes} actions and should have ${expectedInSidecars}`,
      );
    }
  }

  #corrupt(what: string): DeltaError {
    return new DeltaError("CORRUPT_LOG", `The checkpoint ${this.#where} is damaged: ${what}`);
  }
}

/** Under these tags V2 checkpoints count what they hold, as Spark does. */
export const checkpointTags = { adds: "numOfAddFiles", fileActions: "sidecarNumActions" } as const;

function describe(store: ObjectStore, checkpoint: CheckpointFiles): string {
  return `${store.uri}/${checkpoint.paths.join(", ")}`;
}
