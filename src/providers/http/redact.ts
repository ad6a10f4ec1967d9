/** Takes secrets out of texts that may reach a log, an error or a table. */
export type Redact = (text: string) => string;

/** Takes the place of a secret. */
const redacted = "***";

/** A function that replaces every occurrence of the secrets, also in the form that URLs give them. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = new Set(secrets.filter((secret) => secret !== "").flatMap((secret) => urlForms(secret)));
  // Longest first, so that a secret that contains another one leaves no remainder.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) => ordered.reduce((clean, secret) => clean.replaceAll(secret, redacted), text);
}

/** The URL with the values of the named query parameters, and any user and password, replaced. */
export function redactUrl(url: URL, secretParameters: readonly string[]): string {
  const clean = new URL(url);
  if (clean.username !== "") clean.username = redacted;
  if (clean.password !== "") clean.password = redacted;
  for (const name of secretParameters) {
    if (clean.searchParams.has(name)) clean.searchParams.set(name, redacted);
  }
  return clean.href;
}

function urlForms(secret: string): string[] {
  const inQuery = new URLSearchParams({ secret }).toString().slice("secret=".length);
  return [secret, encodeURIComponent(secret), inQuery];
}
