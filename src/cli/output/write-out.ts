import { once } from "node:events";

/**
 * Writes to stdout and waits while it is full, so that a slow reader holds the producer back instead of filling memory.
 * A reader that went away (`| head`) ends the program quietly, as it does for every Unix tool.
 */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  guardClosedPipe();
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

let isGuarded = false;

function guardClosedPipe(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
