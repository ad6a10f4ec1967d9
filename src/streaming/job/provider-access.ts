import type * as z from "zod";

import type { ConnectionOptions } from "../../providers/connection.ts";
import { connectionIn } from "../../providers/connection-settings.ts";
import type { StreamContext } from "./prepared-stream.ts";

/** How a provider is reached: its section of the configuration, and what the process shares. */
export function accessOf<Settings extends object>(
  name: string,
  schema: z.ZodType<Settings>,
  { provider, clock }: StreamContext,
): { readonly connection: ConnectionOptions; readonly settings: Settings } {
  const { connection, settings: given } = provider?.(name) ?? { connection: {}, settings: {} };
  const settings = schema.parse(given);
  const configured = connectionIn(settings);
  return {
    settings,
    connection: {
      clock,
      ...connection,
      baseUrl: configured.base_url,
      requestsPerSecond: configured.requests_per_second,
      requestsPerDay: configured.requests_per_day,
    },
  };
}
