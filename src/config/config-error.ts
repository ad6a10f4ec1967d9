import { LakehouseError } from "finance-feedback-delta/contract";

export type ConfigErrorCode = "CONFIG_NOT_FOUND" | "INVALID_CONFIG" | "INVALID_ARGUMENT";

/** A configuration that cannot be used. The message names the file, the line and the key. */
export class ConfigError extends LakehouseError<ConfigErrorCode> {
  override readonly name: string = "ConfigError";
}
