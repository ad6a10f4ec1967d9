import { InvalidArgumentError } from "commander";

import { intervalMs, speedFactor } from "../../config/texts-of-amounts.ts";
import { readStart } from "../../streaming/job/start-choice.ts";

// How the values of the options of `ffe stream` are read.

/** Milliseconds. */
export function parseInterval(text: string): number {
  const length = intervalMs(text);
  if (length === undefined) throw new InvalidArgumentError("Give a duration such as 5s or 500ms.");
  return length;
}

export function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() === "" || !(share >= 0 && share <= 1))
    throw new InvalidArgumentError("Give a share from 0 to 1.");
  return share;
}

/** `60x` */
export function parseSpeed(text: string): number {
  const factor = speedFactor(text);
  if (factor === undefined) throw new InvalidArgumentError("Give a factor such as 60x.");
  return factor;
}

export function parseStart(text: string): string {
  try {
    readStart(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
}
