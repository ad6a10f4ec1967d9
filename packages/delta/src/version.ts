/** The engine's version, and the name under which it signs its commits. */
export const packageVersion = "0.1.0";
export const engineInfo: string = `finance-feedback-delta/${packageVersion}`;
