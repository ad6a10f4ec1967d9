import { alertDocument } from "./alert.ts";
import type { Notice } from "./alert.ts";
import { postJson } from "./post-json.ts";
import type { HttpPlace } from "./post-json.ts";

/** Sends an alert as our own JSON. A second try carries the same id. */
export async function sendToWebhook({ alert }: Notice, place: HttpPlace): Promise<void> {
  await postJson(place, alertDocument(alert), { "idempotency-key": alert.id });
}
