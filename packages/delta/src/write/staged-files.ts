import type { EngineSession, WrittenFile } from "../engine/engine.ts";
import type { RowSource } from "../engine/row-source.ts";
import { mapWithinBudget } from "../map-within-budget.ts";
import type { CallBudget } from "../map-within-budget.ts";
import type { StagingArea } from "../store/object-store.ts";
import type { CommandContext } from "../read/command-context.ts";
import { filledFiles, newFilesOf, noFiles, withYearRules } from "./new-files.ts";
import type { FileLayout, NewFiles } from "./new-files.ts";

export interface WriteOptions {
  /** Where the rows are computed, when they come from the tables of a session. */
  readonly session?: EngineSession | undefined;
  /** Below the table's root: where the files go. */
  readonly subfolder?: string | undefined;
  /** Some of the rows lay in the table before: whatever another engine let into it may stay there. */
  readonly hasOldRows?: boolean | undefined;
}

/** Writes files into the folder that it is given. */
type FileWriter = (folder: string) => Promise<readonly WrittenFile[]>;

/** Files that are written together. */
export interface FileGroup {
  readonly write: FileWriter;
  /** In the unit of the budget that it is written under. */
  readonly weight: number;
}

/**
 * The files that a command writes for the commit which it is about to try. `await using` deletes them at the end of the
 * command, unless `keep` was called, which is up to the code that learns the outcome of the commit.
 *
 * It promises that nothing is deleted after `keep`. It does not promise that everything else is: a file that cannot be
 * deleted is left for vacuum, and so is all of a process that dies.
 */
export class StagedFiles implements AsyncDisposable {
  readonly #context: CommandContext;
  #staging: Promise<StagingArea> | undefined;
  readonly #paths = new Set<string>();
  #isKept = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Writes rows as data files and makes them durable. */
  async write(
    source: RowSource,
    layout: FileLayout,
    { session, subfolder, hasOldRows = false }: WriteOptions = {},
  ): Promise<NewFiles> {
    const engine = session ?? this.#context.engine;
    const rules = hasOldRows ? layout.rules : withYearRules(layout);
    const writer: FileWriter = (folder) =>
      engine.writeFiles({ ...layout, rules, rows: source, folder, subfolder });
    const group = { write: writer, weight: 0 };
    const [files = noFiles] = await this.writeGroups(
      layout,
      [group],
      { callsMax: 1, weightMax: 0 },
      hasOldRows,
    );
    return files;
  }

  /**
   * The same for several groups of files, each written by a function of its own.
   *
   * @param budget how many groups are written at once, by their number and their weights.
   * @param hasOldRows see {@link WriteOptions}.
   */
  async writeGroups(
    layout: FileLayout,
    writers: readonly FileGroup[],
    budget: Omit<CallBudget<FileGroup>, "weightOf">,
    hasOldRows = true,
  ): Promise<readonly NewFiles[]> {
    const staging = await (this.#staging ??= this.#context.store.openStaging());
    const groups = await mapWithinBudget(
      writers,
      { ...budget, weightOf: ({ weight }) => weight },
      async ({ write }) => {
        const written = await write(staging.folder);
        for (const { path } of written) this.#paths.add(path);
        return written;
      },
    );
    await staging.discard(groups.flat().flatMap((file) => (file.rowCount === 0 ? [file.path] : [])));
    const filled = groups.map((group) => filledFiles(group, layout, hasOldRows));
    await staging.publish(filled.flatMap((files) => files.map((file) => file.path)));
    const now = this.#context.now();
    return filled.map((files) => newFilesOf(files, layout, now));
  }

  /** Writes one object that is no data file, such as deletion vectors. */
  async put(path: string, bytes: Uint8Array): Promise<void> {
    this.#paths.add(path);
    await this.#context.store.put(path, bytes);
  }

  /** A commit names the files, or may do so: they stay. */
  keep(): void {
    this.#isKept = true;
  }

  /** Deletes some of the files, after a refused commit that named them; those that cannot be deleted are left for vacuum. */
  async discard(paths: readonly string[]): Promise<void> {
    if (this.#isKept || paths.length === 0) return;
    await this.#staging?.then((staging) => staging.discard(paths)).catch(() => {});
    await this.#context.store.deleteMany(paths).catch(() => {});
    for (const path of paths) this.#paths.delete(path);
  }

  /** Never throws: the caller must learn the outcome of the commit instead. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard([...this.#paths]);
    await this.#staging?.then((staging) => staging.close()).catch(() => {});
  }
}
