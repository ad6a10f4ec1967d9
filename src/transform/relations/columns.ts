import type { StructField, StructType } from "finance-feedback-delta";

/** The column of that name, in whatever case. */
export function columnNamed(schema: StructType, name: string): StructField | undefined {
  return schema.fields.find((member) => isSameName(member.name, name));
}

export function isSameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
