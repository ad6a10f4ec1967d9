import { randomUUID } from "node:crypto";

/** A name for an unfinished file. The leading dot keeps it out of every log listing, even when a crash leaves it behind. */
export function temporaryName(): string {
  return `.tmp-${randomUUID()}`;
}

/** Whether a path is that of an unfinished file. An old one was left by a crash. */
export function isTemporary(path: string): boolean {
  return /(?:^|\/)\.tmp-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(path);
}
