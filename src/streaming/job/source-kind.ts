import type { PreparedStream, StreamRequest } from "./prepared-stream.ts";
import type { StreamOptions } from "./stream-options.ts";

/** A kind of sources that users name. */
export interface SourceKind {
  readonly name: string;
  /** What follows the name and a colon, such as `PATH`; left out of a source without it. */
  readonly takes?: string | undefined;
  /** The options that it has besides those of every source. */
  readonly options: readonly (keyof StreamOptions)[];
  /** The name of a stream that is given none. */
  jobName(target: string, options: StreamOptions): string;
  /**
   * @param target what follows the colon; empty when nothing does.
   * @throws StreamingError `INVALID_ARGUMENT`
   */
  prepare(target: string, request: StreamRequest): PreparedStream;
}
