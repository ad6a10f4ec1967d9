import { IngestionError } from "../../bronze/ingestion-error.ts";

/** An import that ended before its last row, with the reason as its cause: rows of it may be in Bronze. */
export class UnfinishedImport extends IngestionError {
  override readonly name: string = "UnfinishedImport";
  /** What is in Bronze of it, and how to go on. */
  readonly committed: string;

  constructor(committed: string, cause: unknown) {
    const isOwn = cause instanceof IngestionError;
    const message = cause instanceof Error ? cause.message : String(cause);
    super(isOwn ? cause.code : "UNFINISHED_IMPORT", `${sentence(message)} ${committed}`, { cause });
    this.committed = committed;
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
