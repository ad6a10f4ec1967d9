/** The names of the tables that commands make in a session of the engine; a session has one of each at most. */
export const sessionTables = {
  /** Rows of the table that a command changes, with their positions. */
  target: "target_rows",
  /** Positions of the rows that leave their place: deleted or updated ones, each once. */
  leaving: "leaving_rows",
  /** Updated rows, as they come back. */
  updated: "updated_rows",
  /** Rows of files that are written anew, with their positions. */
  copied: "copied_rows",
  /** A source's rows, as they were given. */
  given: "given_rows",
  /** A source's rows, with all columns of the table. */
  complete: "complete_rows",
  /** No rows, with the columns of the table. */
  empty: "empty_rows",
  /** A merge's source, each row with a number. */
  source: "source_rows",
  /** Pairs of rows for which a merge's condition holds. */
  matches: "matched_rows",
  /** Rows of a merge's target that match no row of the source, and that a clause wants. */
  unmatchedTarget: "unmatched_target_rows",
  /** Rows of a merge's source that match no row of the target, and that a clause wants. */
  unmatchedSource: "unmatched_source_rows",
  /** Rows that a merge updates or inserts. */
  merged: "merged_rows",
  /** Rows of files that become others. */
  bin: "bin_rows",
  /** A sample of them. */
  sample: "sampled_rows",
  /** Changes that commits wrote down. */
  writtenChanges: "written_changes",
  /** Changes that follow from the files of commits. */
  derivedChanges: "derived_changes",
} as const;
