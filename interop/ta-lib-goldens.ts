// The values of TA-Lib that `npm test` holds ours against, where there is no Python. After a change of the cases:
// node interop/ta-lib-goldens.ts
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { goldenBars, goldenPlaces } from "../test/indicators/support/goldens.ts";
import type { Golden } from "../test/indicators/support/goldens.ts";
import { taLibCases } from "../test/indicators/support/ta-lib-cases.ts";
import { TaLib } from "./ta-lib.ts";

export const goldensFile: string = join(import.meta.dirname, "../test/indicators/ta-lib-goldens.json");

/** What TA-Lib says of each case: where values begin, and some of them. */
export async function askGoldens(peer: TaLib): Promise<readonly Golden[]> {
  const goldens: Golden[] = [];
  for (const { function: name, inputs, parameters, outputs } of taLibCases) {
    const columns = inputs.map((input) => goldenBars[input]);
    const series = await peer.run(name, columns, parameters);
    for (const [place, output] of outputs.entries()) {
      const values = series[place] ?? new Float64Array();
      const first = values.findIndex((value) => !Number.isNaN(value));
      goldens.push({
        function: name,
        output,
        first,
        values: goldenPlaces(first).map((at) => values[at] ?? 0),
      });
    }
  }
  return goldens;
}

if (process.argv[1] === import.meta.filename) {
  const peer = new TaLib();
  await writeFile(goldensFile, `${JSON.stringify(await askGoldens(peer), null, 1)}\n`);
  await peer.close();
}
