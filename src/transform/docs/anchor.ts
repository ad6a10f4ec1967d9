import { escaped } from "../../pages/html.ts";
import type { UniqueId } from "../project/resources.ts";

/** The `id` of a resource's section. */
export function anchorOf(id: UniqueId): string {
  return escaped(id);
}

/** What leads to it. */
export function hrefOf(id: UniqueId): string {
  return escaped(`#${encodeURIComponent(id.toWellFormed())}`);
}
