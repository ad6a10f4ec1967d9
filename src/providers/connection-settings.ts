import * as z from "zod";

export type ConnectionKeys = {
  /** Where the API is served, for a stand-in or a proxy. */
  readonly base_url: z.ZodOptional<z.ZodURL>;
  /** Overrides the provider's own pace. */
  readonly requests_per_second: z.ZodOptional<z.ZodNumber>;
  /** Requests in a UTC day, over all runs. */
  readonly requests_per_day: z.ZodOptional<z.ZodInt>;
};

const keys: ConnectionKeys = {
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  requests_per_second: z.number().positive().optional(),
  requests_per_day: z.int().positive().optional(),
};

export type ConnectionSchema = z.ZodObject<ConnectionKeys, z.core.$strict>;

/** The keys in the section of every provider on the network. A provider with keys of its own extends it. */
export const connectionSettings: ConnectionSchema = z.strictObject(keys);
export type ConnectionSettings = z.output<ConnectionSchema>;

/** These keys of any section; none when the section has no connection. */
export function connectionIn(settings: object): ConnectionSettings {
  return z.object(keys).safeParse(settings).data ?? {};
}
