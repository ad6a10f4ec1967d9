import { DeltaError } from "finance-feedback-delta";
import type { DeltaTable } from "finance-feedback-delta";
import { stopwatch } from "finance-feedback-delta/contract";
import { pipelineEvents } from "../events/pipeline-events.ts";
import { parseTableName, shortTableName } from "../storage/table-names.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { DataQualityFramework } from "./data-quality-framework.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import { evidenceFormat, isBroken, keepEvidence, reasonOf } from "./evidence.ts";
import { appendQualityResults, validatedVersions } from "./quality-results.ts";
import type { ExpectationResult, ValidationResult } from "./result.ts";
import type { ExpectationSuite } from "./suite.ts";

export interface GateRequest {
  readonly tableName: string;
  /** A suite, or the name of one that the framework has. */
  readonly suite: ExpectationSuite | string;
}

export interface GateResult {
  readonly tableName: string;
  readonly validation: ValidationResult;
  /** Whether all critical expectations hold, so that later steps may run. */
  readonly passed: boolean;
  /** The critical expectations that do not hold. */
  readonly broken: readonly ExpectationResult[];
  /** Files of the dead letter queue with rows that broke them. */
  readonly deadLetterPaths: readonly string[];
}

interface Unvalidated {
  /** The rows came after this version; `undefined` for the whole table. */
  readonly since: number | undefined;
  /** Whether some of them were validated before and did not pass. */
  readonly wasClosed: boolean;
}

/**
 * Stands between Bronze and the steps that build on it. It validates the rows that were not validated yet, also those of a run
 * that was killed. It copies rows that break a critical expectation to the dead letter queue, with the expectation as their
 * reason, and then appends the results to `ops.quality_results`. The rows stay in the table, which is append-only.
 *
 * A gate that closed stays closed. Each run validates the rows since the last pass again, the newest version of each bar, until
 * a later version is right or the suite accepts them.
 */
export class QualityGate {
  readonly #lake: DeltaLakeManager;
  readonly #quality: DataQualityFramework;
  readonly #deadLetters: DeadLetterQueue;

  constructor(lake: DeltaLakeManager, quality: DataQualityFramework, deadLetters: DeadLetterQueue) {
    this.#lake = lake;
    this.#quality = quality;
    this.#deadLetters = deadLetters;
  }

  /** `undefined` when every row was validated before. */
  async check(request: GateRequest): Promise<GateResult | undefined> {
    const seconds = stopwatch();
    const result = await this.#decide(request);
    if (result === undefined) return undefined;
    const { tableName, validation, passed, broken, deadLetterPaths } = result;
    pipelineEvents.gate.publish(() => ({
      table: tableName,
      suite: validation.suite_name,
      passed,
      expectations: validation.statistics.evaluated_expectations,
      broken: broken.map(reasonOf),
      deadLetterFiles: deadLetterPaths.length,
      durationSeconds: seconds(),
    }));
    return result;
  }

  async #decide(request: GateRequest): Promise<GateResult | undefined> {
    const tableName = shortTableName(parseTableName(request.tableName));
    const table = this.#lake.table(tableName);
    if (!(await table.exists())) return undefined;
    const { version, metadata } = await table.snapshot();
    const suite = this.#quality.suiteFor(request.suite, tableName);
    const unvalidated = await this.#unvalidated(table, suite.name, metadata.id, version);
    if (unvalidated === undefined) return undefined;
    const validation = await this.#quality.validateTable({
      tableName,
      suite,
      version,
      sinceVersion: unvalidated.since,
      newestOnly: unvalidated.wasClosed,
      store: false,
      resultFormat: evidenceFormat,
    });
    const broken = validation.results.filter(isBroken);
    // The evidence first: once the results are stored, the rows count as validated and are not read again.
    const deadLetterPaths = await keepEvidence(this.#deadLetters, tableName, broken);
    await appendQualityResults(this.#lake, validation);
    return { tableName, validation, passed: broken.length === 0, broken, deadLetterPaths };
  }

  /** The rows that the gate validates; `undefined` when there are none. */
  async #unvalidated(
    table: DeltaTable,
    suiteName: string,
    tableId: string,
    version: number,
  ): Promise<Unvalidated | undefined> {
    const { upTo, passedUpTo } = await validatedVersions(this.#lake, suiteName, tableId);
    const wasClosed = passedUpTo < upTo;
    if (passedUpTo < 0) return { since: undefined, wasClosed };
    try {
      const added = await table.addedRows({ after: passedUpTo, version });
      return added.files.length === 0 ? undefined : { since: passedUpTo, wasClosed };
    } catch (error) {
      // The log has lost the commits since then.
      if (error instanceof DeltaError && error.code === "VERSION_NOT_FOUND")
        return { since: undefined, wasClosed };
      throw error;
    }
  }
}
