/** The package's version, and the name under which this engine signs its commits. */
export const packageVersion = "0.1.0";
export const engineInfo: string = `finance-feedback-pipelines/${packageVersion}`;
