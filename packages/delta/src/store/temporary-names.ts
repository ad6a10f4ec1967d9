import { randomUUID } from "node:crypto";

/** A name for a file in the making. A leading dot keeps it out of every log listing, also when a crash leaves it behind. */
export function temporaryName(): string {
  return `.tmp-${randomUUID()}`;
}

/** Whether a path is one of a file in the making: an old one is what a crash left behind. */
export function isTemporary(path: string): boolean {
  return /(?:^|\/)\.tmp-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(path);
}
