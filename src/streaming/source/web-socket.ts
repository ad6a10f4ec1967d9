/** The seam to WebSockets: what a feed needs of one, so tests can put another one in its place. */
import { WebSocket } from "ws";

export interface FeedSocket {
  send(text: string): void;
  /** Stops reading from the network. */
  pause(): void;
  resume(): void;
  close(): void;
}

interface FeedListener {
  onMessage(text: string): void;
  /** At most once, after it was open. */
  onClosed(reason: string): void;
}

/** Opens a connection; rejects when it cannot be had. */
export type OpenSocket = (url: string, listener: FeedListener) => Promise<FeedSocket>;

const handshakeTimeoutMs = 10_000;
/** A message that is larger is none of an exchange. */
const messageBytesMax = 16 * 1024 * 1024;

export const openWebSocket: OpenSocket = async (url, listener) => {
  const { promise, resolve, reject } = Promise.withResolvers<FeedSocket>();
  const socket = new WebSocket(url, {
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: messageBytesMax,
    // It costs more of the processor than it saves of the line.
    perMessageDeflate: false,
    followRedirects: false,
  });
  let failure: string | undefined;
  // As it is set here, a message is one buffer.
  socket.on("message", (data) => {
    if (Buffer.isBuffer(data)) listener.onMessage(data.toString());
  });
  socket.on("error", (error) => {
    failure = error.message;
    reject(error);
  });
  socket.on("close", (code, reason) => {
    listener.onClosed(failure ?? (reason.length > 0 ? reason.toString() : `closed with code ${code}`));
  });
  socket.once("open", () =>
    resolve({
      send: (text) => socket.send(text),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      // It waits for nobody: what the other side still sends is fetched again.
      close: () => socket.terminate(),
    }),
  );
  return promise;
};
