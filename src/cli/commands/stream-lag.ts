import { prepareStream } from "../../streaming/job/prepare-stream.ts";
import type { StreamLagFlags } from "../grammar/stream.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";
import { streamContext } from "../stream/stream-context.ts";
import { streamOptionsOf, streamStorage } from "../stream/stream-flags.ts";

/** `ffe stream lag`: by the positions in the table, and the end of the source. */
export async function streamLag(name: string | undefined, flags: StreamLagFlags): Promise<number> {
  const options = streamOptionsOf(name, flags);
  const storage = streamStorage(options, flags.storage);
  const opening = { ...flags, ...(storage === undefined ? {} : { storage }) };
  return withLakehouse(opening, async (lakehouse) => {
    const { lake } = lakehouse;
    const stream = prepareStream(options, streamContext(lakehouse));
    const rows = [...(await stream.lag())].map(([partition, { position, end, lag }]) => ({
      stream: stream.job,
      partition,
      position,
      end,
      lag,
    }));
    if (rows.length === 0 && flags.json !== true)
      await writeOut(`The stream ${stream.job} has not written to ${lake.storagePath} yet.\n`);
    else await printList(["stream", "partition", "position", "end", "lag"], rows, flags.json === true);
    return 0;
  });
}
