import { InvalidArgumentError } from "commander";

import { durationSeconds } from "../../market/duration-text.ts";
import { readStart } from "../../streaming/job/start-choice.ts";

// How the values of the options of `ffe stream` are read.

/** Milliseconds. */
export function parseInterval(text: string): number {
  const ms = /^(\d{1,6})ms$/.exec(text)?.[1];
  const length = ms === undefined ? (durationSeconds(text) ?? 0) * 1000 : Number(ms);
  if (length <= 0) throw new InvalidArgumentError("Give a duration such as 5s or 500ms.");
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
  const [, factor = ""] = /^(\d{1,6}(?:\.\d{1,3})?)x?$/.exec(text) ?? [];
  if (!(Number(factor) > 0)) throw new InvalidArgumentError("Give a factor such as 60x.");
  return Number(factor);
}

export function parseStart(text: string): string {
  try {
    readStart(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
}
