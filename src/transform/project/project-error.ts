import { LakehouseError } from "finance-feedback-delta/contract";
import type { LakehouseErrorOptions } from "finance-feedback-delta/contract";

export type ProjectErrorCode =
  | "PROJECT_NOT_FOUND"
  | "INVALID_YAML"
  | "INVALID_PROJECT"
  | "INVALID_PROPERTIES"
  | "INVALID_CONFIG"
  | "INVALID_TEMPLATE"
  | "DUPLICATE_RESOURCE"
  | "MISSING_PACKAGE"
  | "MISSING_RESOURCE"
  | "CYCLE"
  | "NOT_SUPPORTED"
  | "INVALID_SELECTION"
  | "INVALID_ARTIFACT";

/** Where in a project something stands. */
export interface ProjectPlace {
  /** As the user knows it: relative to the project's folder, or absolute outside. */
  readonly file: string;
  /** From 1; left out where a whole file is meant. */
  readonly line?: number | undefined;
}

/** A dbt project that cannot be read or run. The message names the file and, where there is one, the line. */
export class ProjectError extends LakehouseError<ProjectErrorCode> {
  override readonly name: string = "ProjectError";
  readonly place: ProjectPlace | undefined;

  constructor(
    code: ProjectErrorCode,
    message: string,
    { place, ...options }: LakehouseErrorOptions & { readonly place?: ProjectPlace | undefined } = {},
  ) {
    super(code, place === undefined ? message : `${shownPlace(place)}: ${message}`, options);
    this.place = place;
  }
}

export function shownPlace({ file, line }: ProjectPlace): string {
  return line === undefined ? file : `${file}:${line}`;
}
