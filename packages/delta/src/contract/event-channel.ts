import diagnostics from "node:diagnostics_channel";

/**
 * One kind of event, published through `node:diagnostics_channel`. Publishing costs nothing while there is no listener:
 * the payload is not even built.
 */
export interface EventChannel<Payload extends object> {
  /** What `node:diagnostics_channel` knows it by. */
  readonly name: string;
  readonly hasSubscribers: boolean;
  /** Builds the payload for those who listen. It never throws: an event must not harm what it tells of. */
  publish(payload: () => Payload): void;
  /**
   * Calls the listener with every event from now on, within the operation that it tells of. What the listener throws, at
   * once or later, becomes a warning of the process.
   *
   * @returns what ends the subscription.
   * @throws TypeError for what is no function.
   */
  subscribe(listener: (payload: Payload) => void): () => void;
}

export function eventChannel<Payload extends object>(name: string): EventChannel<Payload> {
  const channel = diagnostics.channel(name);
  // Any code may publish under any name; what this channel publishes has the right shape.
  const published = new WeakSet<object>();
  const isPayload = (message: unknown): message is Payload =>
    typeof message === "object" && message !== null && published.has(message);
  return {
    name,
    get hasSubscribers() {
      return channel.hasSubscribers;
    },
    publish(payload) {
      if (!channel.hasSubscribers) return;
      try {
        const message = payload();
        published.add(message);
        channel.publish(message);
      } catch (error) {
        warn(name, error);
      }
    },
    subscribe(listener) {
      if (typeof listener !== "function")
        throw new TypeError(`A subscription to ${name} needs a function that takes the event`);
      // Node ends the process when a listener throws, and that would be in the middle of a commit.
      const guarded = (message: unknown): void => {
        if (!isPayload(message)) return;
        try {
          const answer: unknown = listener(message);
          if (answer instanceof Promise) answer.catch((error: unknown) => warn(name, error));
        } catch (error) {
          warn(name, error);
        }
      };
      channel.subscribe(guarded);
      return () => {
        channel.unsubscribe(guarded);
      };
    },
  };
}

/** Seconds since the call, on a clock that never goes back. */
export function stopwatch(): () => number {
  const startedMs = performance.now();
  return () => (performance.now() - startedMs) / 1000;
}

function warn(name: string, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.emitWarning(`A listener of ${name} failed: ${text}`, { code: "FFE_EVENT_LISTENER" });
}
