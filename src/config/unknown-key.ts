import { nearestName, ownMember } from "finance-feedback-delta/contract";
import * as z from "zod";

import { configSchema } from "./config-schema.ts";

/** What is wrong with a key that no configuration has, and which one was meant, as far as that can be told. */
export function unknownKey(section: readonly string[], key: string): string {
  const meant = nearestName(key, keysIn(section));
  return `unknown key${meant === undefined ? "" : `. Did you mean ${meant}?`}`;
}

/** The keys that a section of the configuration may have; none where they are names of the user's own. */
function keysIn(section: readonly string[]): readonly string[] {
  let schema = plain(configSchema);
  for (const key of section)
    schema = schema instanceof z.ZodObject ? plain(ownMember(schema.shape, key)) : undefined;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** A schema without what says of it that it may be left out. */
function plain(schema: unknown): unknown {
  return schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? plain(schema.unwrap())
    : schema;
}
