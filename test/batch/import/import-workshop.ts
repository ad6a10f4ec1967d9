import { writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";

import type { ImportRequest, ImportResult } from "../../../src/index.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { deadLetterRecords, marketRows, openWorkshop } from "../workshop.ts";

/** What an import left. */
export interface Imported {
  readonly result: ImportResult;
  /** `BTCUSD 2024-03-13T00:00 open high low close volume`, without zeros at the end. */
  readonly rows: readonly string[];
  /** Reasons of dead letters. */
  readonly reasons: readonly string[];
}

/** Imports one file into a lake of its own. */
export async function imported(
  name: string,
  content: string | Uint8Array,
  request: Partial<ImportRequest>,
): Promise<Imported> {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at(name), content);
  const { ingester, lake, deadLetters } = openWorkshop({ root: folder.at("lake") });
  const timeframe = request.timeframe ?? "1h";
  const result = await ingester.importFiles({
    files: [folder.at(name)],
    timeframe,
    provider: "someone",
    ...request,
  });
  const stored = await marketRows(lake, `raw_market_data_${timeframe}`);
  const rows = stored.map((row) => {
    const time = row["timestamp"] instanceof Date ? row["timestamp"].toISOString().slice(0, 16) : "";
    const values = ["open", "high", "low", "close", "volume"].map((column) => short(row[column]));
    return [row["asset_pair"], time, ...values].join(" ");
  });
  const reasons = (await deadLetterRecords(deadLetters)).map(({ reason }) => reason);
  return { result, rows, reasons };
}

/** A decimal without the zeros at its end. */
function short(value: unknown): string {
  return String(value).replace(/\.?0+$/, "");
}

/** A ZIP archive whose files are stored as they are. */
export function zipOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), typeof text === "string" ? Buffer.from(text) : text];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, path, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002"), Buffer.from([20, 0]), common, rest, path]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", 0, "latin1");
  end.writeUInt16LE(bodies.length, 8);
  end.writeUInt16LE(bodies.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}
