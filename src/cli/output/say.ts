import type { Clock } from "../../seams/clock.ts";
import { paint } from "./paint.ts";

export type LogFormat = "text" | "json";

let format: LogFormat = "text";
/** Set before the first message. */
let clock: Pick<Clock, "now">;
/** Clears the line of a progress bar. */
let clearLine = (): void => {};

/** Sets the form of messages on stderr: text for people, or a line of JSON with its time for each message. */
export function setLog(wanted: LogFormat, times: Pick<Clock, "now">): void {
  format = wanted;
  clock = times;
}

/** Sets the function that clears a progress bar's line before anything else is written to the terminal. */
export function setLineClearer(clear: () => void): void {
  clearLine = clear;
}

export function clearDrawnLine(): void {
  clearLine();
}

/** Prints a message on stderr that is not an error. */
export function say(message: string, event: "note" | "interrupted" = "note"): void {
  write(format === "json" ? eventLine({ event, message }) : message);
}

/** Prints an error on stderr: in colour for people, or as a line of JSON with its facts for programs. */
export function sayError(message: string, facts: Readonly<Record<string, unknown>> = { message }): void {
  write(format === "json" ? eventLine({ event: "error", ...facts }) : paint("red", message, process.stderr));
}

/** A line of `--log-format json`. */
export function eventLine(event: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ time: new Date(clock.now()).toISOString(), ...event });
}

function write(line: string): void {
  clearDrawnLine();
  process.stderr.write(`${line}\n`);
}
