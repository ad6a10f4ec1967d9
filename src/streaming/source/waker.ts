/** Lets a reader wait until something has changed. A change that comes before the wait is not missed. */
export class Waker {
  #changed = Promise.withResolvers<void>();

  wake(): void {
    this.#changed.resolve();
  }

  /** Until the next change, or the one that nobody has waited for yet; at once when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const wake = (): void => this.wake();
    signal.addEventListener("abort", wake, { once: true });
    await this.#changed.promise;
    signal.removeEventListener("abort", wake);
    this.#changed = Promise.withResolvers();
  }
}
