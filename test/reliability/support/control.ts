import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { Counts } from './figures.ts';
import { type GrpcCalls, OK, type Outcome } from './grpc.ts';
import { registration } from './mixed-load.ts';

const { getManifest, registerManifest } = CatalogService.method;

const PER_SECOND = 40;
/** One in so many is a write. */
const WRITE_SHARE = 10;

/** A client that behaves, beside others that do not: none of its calls may fail. */
export class Control {
  readonly #calls: GrpcCalls;
  readonly #timeoutMs: number;
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  readonly ms: number[] = [];
  readonly failures = new Counts();

  constructor(calls: GrpcCalls, timeoutMs: number) {
    this.#calls = calls;
    this.#timeoutMs = timeoutMs;
  }

  start(): void {
    this.#timer = setInterval(() => {
      const call = this.#one();
      this.#pending.add(call);
      void call.finally(() => this.#pending.delete(call));
    }, 1_000 / PER_SECOND);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  async #one(): Promise<void> {
    const write = this.#turn++ % WRITE_SHARE === 0;
    const outcome: Outcome = write
      ? await this.#calls.unary(registerManifest, registration('control', 8), this.#timeoutMs)
      : await this.#calls.unary(getManifest, { name: 'control' }, this.#timeoutMs);
    this.ms.push(outcome.ms);
    if (outcome.code !== OK) this.failures.add(`${outcome.code} ${outcome.reason}`);
  }
}
