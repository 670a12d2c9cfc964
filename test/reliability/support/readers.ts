import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { Random } from '../../linearizability/random.ts';
import { GrpcCalls, OK, type Outcome } from './grpc.ts';
import { seededName } from './s3.ts';
import type { Service } from './service.ts';

export interface ReadersOptions {
  /** How many seeded datasets there are to read. */
  readonly datasets: number;
  readonly timeoutMs: number;
  readonly seed: number;
}

/** What readers have seen since they were last asked. */
export interface Reads {
  readonly ms: readonly number[];
  readonly failed: number;
  readonly ageless: number;
  readonly maxAgeMs: number;
  /** What `/readyz` told, in its order, with the seconds since they were last asked. */
  readonly states: string;
}

/** Weak reads of names that nobody writes, and a look at `/readyz` now and then. */
export class Readers {
  readonly #service: Service;
  readonly #calls: GrpcCalls;
  readonly #random: Random;
  readonly #options: ReadersOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #outcomes: Outcome[] = [];
  #states: string[] = [];
  #state = '';
  #since = performance.now();

  constructor(service: Service, options: ReadersOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#service = service;
    this.#calls = new GrpcCalls(service.address);
  }

  start(perSecond: number): void {
    this.#timers.push(
      setInterval(() => void this.#read(), 1_000 / perSecond),
      setInterval(() => void this.#look(), 250),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#calls.close();
  }

  take(): Reads {
    const outcomes = this.#outcomes;
    const states = this.#states.join(', ') || `${this.#state} throughout`;
    [this.#outcomes, this.#states, this.#since] = [[], [], performance.now()];
    const answered = outcomes.filter(({ code }) => code === OK);
    return {
      ms: outcomes.map(({ ms }) => ms),
      failed: outcomes.length - answered.length,
      ageless: answered.filter(({ ageMs }) => ageMs === undefined).length,
      maxAgeMs: Math.max(0, ...answered.map(({ ageMs }) => ageMs ?? 0)),
      states,
    };
  }

  async #read(): Promise<void> {
    const { datasets, timeoutMs } = this.#options;
    const name = seededName(this.#random.below(datasets));
    const { getManifest } = CatalogService.method;
    this.#outcomes.push(await this.#calls.unary(getManifest, { name }, timeoutMs));
  }

  async #look(): Promise<void> {
    const state = await this.#service.readiness().then(
      ({ status }) => status,
      () => 'no answer',
    );
    if (state === this.#state) return;
    this.#state = state;
    this.#states.push(`${state} after ${((performance.now() - this.#since) / 1_000).toFixed(1)} s`);
  }
}
