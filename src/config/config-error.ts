export type ConfigErrorCode = "CONFIG_NOT_FOUND" | "INVALID_CONFIG";

/** What is wrong with the configuration: the message names the file, the line and the key. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;

  constructor(code: ConfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConfigError";
    this.code = code;
  }
}
