/**
 * Whether the process should be sent calls.
 *
 *  - `starting`: the catalog is still loading.
 *  - `ready`: calls are served.
 *  - `failed`: calls cannot be served, but may be later.
 *  - `draining`: the process is going away; final.
 */
export type ReadinessState = 'starting' | 'ready' | 'failed' | 'draining';

/** A state and why, in words that may be shown to any caller: no endpoint, path or credential. */
export interface ReadinessStatus {
  readonly state: ReadinessState;
  /** Empty when there is nothing to explain. */
  readonly reason: string;
}

/** The one place that knows whether calls are served. Probes read it, health watches follow it. */
export class Readiness {
  #status: ReadinessStatus = { state: 'starting', reason: 'the catalog is loading' };
  readonly #listeners = new Set<(status: ReadinessStatus) => void>();

  /** The state now; `starting` at first. */
  get status(): ReadinessStatus {
    return this.#status;
  }

  /** Whether calls are served. */
  get isReady(): boolean {
    return this.#status.state === 'ready';
  }

  /** Moves to another state and tells every subscriber. Without effect once `draining`. */
  set(state: ReadinessState, reason = ''): void {
    if (this.#status.state === 'draining') return;
    this.#status = { state, reason };
    for (const listener of [...this.#listeners]) listener(this.#status);
  }

  /**
   * Calls the listener on every change from now on, within `set`. The listener must not throw.
   *
   * @returns what ends the subscription.
   */
  subscribe(listener: (status: ReadinessStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
