import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn, type LoggedRequest, type StandIn, type StandInFault } from "../stand-in/server.ts";

/** A server that answers its requests with the given faults in turn, and with the last one from then on. */
export async function scriptedServer(...faults: readonly StandInFault[]): Promise<StandIn> {
  const intercept = ({ number }: LoggedRequest): StandInFault | undefined =>
    faults[number - 1] ?? faults.at(-1);
  return startStandIn({ series: demoSource(1, []), now: () => 0, intercept });
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): StandInFault {
  return { kind: "answer", status, body: typeof body === "string" ? body : JSON.stringify(body), headers };
}
