/** Marks the files that an export may replace: a later export looks for this sentence. */
export const generatedMark = "Do not edit: the next export overwrites this file.";
