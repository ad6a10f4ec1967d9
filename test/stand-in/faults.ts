import type { StandInFault } from "./server.ts";

/** What goes wrong on the way to a provider in an ordinary year, save for what takes a minute to be noticed. */
export const usualFaults: readonly StandInFault[] = [
  { kind: "answer", status: 429, body: '{"message":"Public rate limit exceeded"}' },
  { kind: "answer", status: 429, body: "", headers: { "retry-after": "1" } },
  { kind: "answer", status: 500, body: "<html>oops</html>" },
  { kind: "answer", status: 503, body: "" },
  { kind: "answer", status: 200, body: "<html>we are down for maintenance</html>" },
  { kind: "answer", status: 200, body: "" },
  { kind: "reset" },
  { kind: "truncate" },
];

/** A provider that is out of order. */
export const down: StandInFault = { kind: "answer", status: 503, body: "down" };
