import { DeltaError } from "../errors.ts";

/** Reads what may be truncated or hostile, front to back and never beyond its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: string;
  #position = 0;

  /** @param source names the bytes in errors. */
  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#source = source;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  uint32BigEndian(): number {
    return this.#view.getUint32(this.#advance(4), false);
  }

  /** The next `length` bytes, not copied. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The next `length` bytes, not copied, for random access. */
  view(length: number): DataView {
    return viewOf(this.bytes(length));
  }

  /** A `CORRUPT_LOG` that names the source. */
  corrupt(what: string): DeltaError {
    return new DeltaError("CORRUPT_LOG", `${this.#source}: ${what}`);
  }

  #advance(length: number): number {
    if (length > this.remaining) {
      throw this.corrupt(
        `the deletion vector is truncated: ${length} bytes are missing at byte ${this.#position} of ${this.#bytes.length}`,
      );
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
