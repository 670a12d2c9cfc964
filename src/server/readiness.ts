/**
 * Whether the process should be sent calls.
 *
 *  - `starting`: the catalog is still loading.
 *  - `ready`: calls are served.
 *  - `degraded`: some calls are served, but others cannot be, for longer than is to be borne.
 *  - `failed`: calls cannot be served, but may be later.
 *  - `draining`: the process is going away; final.
 */
export type ReadinessState = 'starting' | 'ready' | 'degraded' | 'failed' | 'draining';

/** A state and why, in words that may be shown to any caller: no endpoint, path or credential. */
export interface ReadinessStatus {
  readonly state: ReadinessState;
  /** Empty when there is nothing to explain. */
  readonly reason: string;
}

/** The one place that knows whether calls are served. Probes read it, health watches follow it. */
export class Readiness {
  #base: ReadinessStatus = { state: 'starting', reason: 'the catalog is loading' };
  #status = this.#base;
  readonly #troubles = new Map<string, string>();
  readonly #notes = new Map<string, string>();
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
  set(state: Exclude<ReadinessState, 'degraded'>, reason = ''): void {
    if (this.#base.state === 'draining') return;
    this.#base = { state, reason };
    this.#update();
  }

  /**
   * Makes what is ready `degraded`, for as long as there is any trouble.
   *
   * @param source tells troubles apart.
   * @param reason `undefined`: this one is over.
   */
  trouble(source: string, reason: string | undefined): void {
    this.#put(this.#troubles, source, reason);
  }

  /** As {@link trouble}, for what ought to be known and leaves the service ready. */
  note(source: string, reason: string | undefined): void {
    this.#put(this.#notes, source, reason);
  }

  /**
   * Calls the listener on every change from now on, within what makes it. The listener must not throw.
   *
   * @returns what ends the subscription.
   */
  subscribe(listener: (status: ReadinessStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(reasons: Map<string, string>, source: string, reason: string | undefined): void {
    if (reasons.get(source) === reason) return;
    if (reason === undefined) reasons.delete(source);
    else reasons.set(source, reason);
    this.#update();
  }

  #update(): void {
    this.#status = this.#statusNow();
    for (const listener of [...this.#listeners]) listener(this.#status);
  }

  #statusNow(): ReadinessStatus {
    const { state, reason } = this.#base;
    if (state !== 'ready') return this.#base;
    const said = [...this.#troubles.values(), reason, ...this.#notes.values()];
    return {
      state: this.#troubles.size > 0 ? 'degraded' : 'ready',
      reason: said.filter((each) => each !== '').join('; '),
    };
  }
}
