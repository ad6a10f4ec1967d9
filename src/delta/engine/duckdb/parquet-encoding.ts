import type { DataType, StructType } from "../../protocol/schema.ts";

/**
 * The options of COPY for how values become bytes. Version 2 of the encodings (deltas of numbers and of the lengths of
 * texts) makes files of market data smaller, and faster to write and to read, but for floating point the engine then
 * splits the bytes into streams, which Spark's vectorized reader refuses: files with such columns keep to version 1.
 * The higher levels of zstd cost more time than their bytes are worth.
 */
export function encodingOptions(schema: StructType): readonly string[] {
  return [
    "COMPRESSION zstd",
    "COMPRESSION_LEVEL 1",
    `PARQUET_VERSION ${hasFloatingPoint(schema) ? "v1" : "v2"}`,
  ];
}

function hasFloatingPoint(type: DataType): boolean {
  if (typeof type === "string") return type === "float" || type === "double";
  switch (type.type) {
    case "struct":
      return type.fields.some((member) => hasFloatingPoint(member.type));
    case "array":
      return hasFloatingPoint(type.elementType);
    case "map":
      return hasFloatingPoint(type.keyType) || hasFloatingPoint(type.valueType);
  }
}
