import { join } from "node:path";

export const benchFolder: string = import.meta.dirname;
export const projectFolder: string = join(benchFolder, "..");
/** Inputs that are kept from one run to the next, and the folders of contestants at work. */
export const cacheFolder: string = join(benchFolder, ".cache");
