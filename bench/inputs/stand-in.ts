/** Serves the demo market as Coinbase and Oanda would, without limits, until its standard input ends. */
import { demoSource } from "../../test/stand-in/candle-source.ts";
import { startStandIn } from "../../test/stand-in/server.ts";
import { cryptoPairs, foreignExchangePairs } from "./stand-in-pairs.ts";

const standIn = await startStandIn({
  series: demoSource(7, [...cryptoPairs, ...foreignExchangePairs]),
  now: Date.now,
});
process.stdout.write(`${standIn.url}\n`);
process.stdin.resume().once("end", () => void standIn.close());
