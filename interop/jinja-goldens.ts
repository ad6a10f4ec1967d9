// What Jinja2 makes of the constructs that `npm test` holds ours against, where there is no Python. After a change of the
// constructs: node interop/jinja-goldens.ts
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { allConstructs } from "../test/transform/jinja/constructs/all-constructs.ts";
import type { Golden } from "../test/transform/jinja/constructs/goldens.ts";
import { variables } from "../test/transform/jinja/constructs/variables.ts";
import { Jinja } from "./jinja.ts";

export const goldensFile: string = join(
  import.meta.dirname,
  "../test/transform/jinja/constructs/goldens.json",
);

export async function askGoldens(peer: Jinja): Promise<readonly Golden[]> {
  const answers = await peer.render(allConstructs, variables);
  return answers.map((answer, index) => {
    const template = allConstructs[index] ?? "";
    return "text" in answer ? { template, text: answer.text } : { template, error: answer.error };
  });
}

if (process.argv[1] === import.meta.filename) {
  const peer = new Jinja();
  await writeFile(goldensFile, `${JSON.stringify(await askGoldens(peer), null, 1)}\n`);
  await peer.close();
}
