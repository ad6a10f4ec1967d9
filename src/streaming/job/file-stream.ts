import { basename } from "node:path";

import { FileSource } from "../source/file-source.ts";
import { formatOf } from "./message-formats.ts";
import type { SourceKind } from "./source-kind.ts";
import { settingsOf } from "./stream-options.ts";

/** A file of messages, one a line. */
export const fileStream: SourceKind = {
  name: "file",
  takes: "PATH",
  options: ["format", "timeUnit", "follow", "speed"],
  jobName: (path) => `file-${basename(path).replaceAll(/[^A-Za-z0-9._-]/g, "_")}`,
  prepare(path, request) {
    const { options, context } = request;
    const format = formatOf(request);
    const source = new FileSource({
      path,
      clock: context.clock,
      follows: options.follow,
      pace: options.speed === undefined ? undefined : { speed: options.speed, timeOf: format.timeOf },
    });
    return format.prepare(source, settingsOf(options, "earliest"));
  },
};
