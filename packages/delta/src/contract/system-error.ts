/** What the operating system said when it refused to read or write a file. */
export interface SystemError {
  /** Its own code, such as `EACCES`. */
  readonly code: string;
  /** What the code means for a file, and what to do about it. */
  readonly explanation: string;
}

/**
 * What the operating system said, wherever it stands among an error's causes. DuckDB, as C programs do, passes on only the
 * system's text.
 */
export function systemErrorOf(error: unknown): SystemError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const known = meanings.find((one) => one.code === code) ?? meanings.find((one) => isTextOf(one, error));
  return known ?? systemErrorOf(error.cause);
}

/** An error of the system about a file: Node's own text begins with its code and ends with the call that failed. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** What is wrong with a file, in words. */
export function fileReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = systemErrorOf(error) ?? (isFileError(error) ? nameProblem(error) : undefined);
  return known === undefined ? error.message : `${known.explanation} (${known.code})`;
}

/** A name that is missing or in the way means something else to each call. */
function nameProblem({ code, syscall }: NodeJS.ErrnoException): SystemError | undefined {
  if (code === "ENOENT")
    return { code, explanation: syscall === "mkdir" ? "its disk takes no new folders" : "it does not exist" };
  return code === "EEXIST" ? { code, explanation: "a file of that name is in the way" } : undefined;
}

interface Meaning extends SystemError {
  /** The C library's text, or DuckDB's. */
  readonly text: RegExp;
}

function isTextOf({ text }: Meaning, error: Error): boolean {
  return error.message.startsWith("IO Error") && text.test(error.message);
}

const noAccess = "permission denied; give the user of this process access, or choose another path";
const noRoom = "no space is left on the disk; make room and run it again";

const meanings: readonly Meaning[] = [
  {
    code: "ENOTDIR",
    text: /not a directory/i,
    explanation: "a part of its path is a file, not a folder",
  },
  { code: "EISDIR", text: /: is a directory/i, explanation: "it is a folder, not a file" },
  { code: "EACCES", text: /permission denied/i, explanation: noAccess },
  { code: "EPERM", text: /operation not permitted/i, explanation: noAccess },
  {
    code: "EROFS",
    text: /read-only file system/i,
    explanation: "the file system is read-only; choose another path",
  },
  { code: "ENOSPC", text: /no space left on device/i, explanation: noRoom },
  {
    code: "EDQUOT",
    text: /disk quota exceeded/i,
    explanation: "the disk quota is used up; make room and run it again",
  },
  {
    code: "EMFILE",
    text: /too many open files/i,
    explanation: "too many files are open; raise the limit (ulimit -n) and run it again",
  },
  {
    code: "ENAMETOOLONG",
    text: /file name too long/i,
    explanation: "the name is longer than the file system allows",
  },
];
