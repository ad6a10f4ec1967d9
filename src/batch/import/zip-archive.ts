import { PassThrough, Transform } from "node:stream";
import type { Readable } from "node:stream";
import { basename } from "node:path";
import * as zlib from "node:zlib";
import { open } from "yauzl";
import type { Entry, ZipFile } from "yauzl";

/** A file of a ZIP archive. */
export interface ZipEntry {
  readonly name: string;
  /** Its bytes; they end in an error where the archive's check sum says something else. */
  open(): Readable;
}

/** Beside the files of candles: what systems put into archives, and check sums. */
const noCandles = /(?:^|\/)(?:__MACOSX\/|\.)|\.(?:md5|sha1|sha256|checksum|pdf|html?)$/i;

/** The files of an archive, without folders and what cannot hold candles. */
export async function zipEntries(path: string): Promise<readonly ZipEntry[]> {
  const archive = await openArchive(path);
  try {
    const entries = await entriesOf(archive);
    return entries
      .filter(({ fileName }) => !fileName.endsWith("/") && !noCandles.test(fileName))
      .filter(({ fileName }) => !/^readme|^licen[cs]e/i.test(basename(fileName)))
      .map((entry) => ({ name: entry.fileName, open: () => openEntry(path, entry) }));
  } finally {
    archive.close();
  }
}

function openEntry(path: string, entry: Entry): Readable {
  const out = new PassThrough();
  const start = async (): Promise<void> => {
    const archive = await openArchive(path);
    const source = await new Promise<Readable>((resolve, reject) => {
      archive.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
    const checked = source.pipe(crcCheck(entry));
    const fail = (error: Error): void => {
      out.destroy(error);
    };
    source.on("error", fail);
    checked.on("error", fail);
    out.on("close", () => {
      source.destroy();
      archive.close();
    });
    checked.pipe(out);
  };
  start().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  return out;
}

function crcCheck({ crc32, fileName }: Entry): Transform {
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = zlib.crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum === crc32 ? null : new ZipError(`${fileName} is damaged: its check sum is another one`));
    },
  });
}

/** A damaged archive. */
export class ZipError extends Error {}

function openArchive(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, archive) => {
      if (error) reject(new ZipError(error.message, { cause: error }));
      else resolve(archive);
    });
  });
}

function entriesOf(archive: ZipFile): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    archive.on("entry", (entry: Entry) => {
      entries.push(entry);
      archive.readEntry();
    });
    archive.on("end", () => resolve(entries));
    archive.on("error", (error: Error) => reject(new ZipError(error.message, { cause: error })));
    archive.readEntry();
  });
}
