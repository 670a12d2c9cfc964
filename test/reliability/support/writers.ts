import { fromBinary } from '@bufbuild/protobuf';
import { Consistency } from '../../../gen/catalogd/v1/catalog_pb.ts';
import {
  CatalogService,
  GetManifestResponseSchema,
  RegisterManifestResponseSchema,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { Counts } from './figures.ts';
import { type GrpcCalls, NOT_FOUND, OK, type Outcome } from './grpc.ts';
import { registration } from './mixed-load.ts';

const { registerManifest, getManifest } = CatalogService.method;

/** What a writer was told of its writes to one name, in their order. */
interface Told {
  acknowledged: { readonly version: bigint; readonly rowCount: bigint } | undefined;
  /** Row counts of writes after that one of which nobody knows whether they have happened or will. */
  undecided: bigint[];
}

/** Callers that each write names of their own, one after the other, and remember what they were told. */
export class Writers {
  readonly #calls: GrpcCalls;
  readonly #timeoutMs: number;
  readonly #told = new Map<string, Told>();
  #stopped = false;
  #workers: Promise<void>[] = [];
  #serial = 0n;
  acknowledged = 0;
  /** Since it was last asked. */
  #outcomes: Outcome[] = [];
  /** Failures by code and reason. */
  readonly failures = new Counts();

  constructor(calls: GrpcCalls, timeoutMs: number) {
    this.#calls = calls;
    this.#timeoutMs = timeoutMs;
  }

  start(count: number): void {
    this.#workers = Array.from({ length: count }, (_, i) => this.#work(i));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  take(): Outcome[] {
    const taken = this.#outcomes;
    this.#outcomes = [];
    return taken;
  }

  /** Reads every name back. @returns what is not as the writers were told. */
  async audit(): Promise<{ readonly names: number; readonly problems: string[] }> {
    const problems: string[] = [];
    for (const [name, told] of this.#told) {
      const request = { name, consistency: Consistency.STRONG };
      const read = await this.#calls.unary(getManifest, request, 10_000);
      const problem = problemOf(told, read);
      if (problem !== undefined) problems.push(`${name}: ${problem}`);
    }
    return { names: this.#told.size, problems };
  }

  async #work(worker: number): Promise<void> {
    for (let round = 0; !this.#stopped; round++) {
      // In turn a new name, and one that is there.
      await this.#write(`outage/${worker}/${round}`);
      await this.#write(`outage/${worker}/again`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #write(name: string): Promise<void> {
    const rowCount = ++this.#serial;
    const told = this.#told.get(name) ?? { acknowledged: undefined, undecided: [] };
    this.#told.set(name, told);
    const request = { ...registration(name, 2), rowCount };
    const answer = await this.#calls.unary(registerManifest, request, this.#timeoutMs);
    this.#outcomes.push(answer);
    if (answer.code === OK) {
      const { version } = fromBinary(RegisterManifestResponseSchema, answer.body);
      told.acknowledged = { version, rowCount };
      told.undecided = [];
      this.acknowledged++;
      return;
    }
    this.failures.add(`${answer.code} ${answer.reason}`);
    if (UNDECIDED.has(answer.reason)) told.undecided.push(rowCount);
  }
}

/** Of these nobody knows. Whatever failed in another way has not happened. */
const UNDECIDED: ReadonlySet<string> = new Set(['OUTCOME_UNKNOWN', 'TRANSPORT', 'CLIENT_DEADLINE']);

function problemOf({ acknowledged, undecided }: Told, read: Outcome): string | undefined {
  if (read.code === NOT_FOUND) {
    return acknowledged && `lost: it was acknowledged at version ${acknowledged.version}`;
  }
  if (read.code !== OK) return `it cannot be read: ${read.code} ${read.reason}`;
  const { manifest } = fromBinary(GetManifestResponseSchema, read.body);
  const [version = 0n, rowCount = -1n] = [manifest?.version, manifest?.rowCount];
  const seen = `version ${version} with row count ${rowCount}`;
  if (acknowledged !== undefined && version < acknowledged.version) {
    return `${seen}, acknowledged was version ${acknowledged.version}`;
  }
  const isAcknowledged = version === acknowledged?.version && rowCount === acknowledged.rowCount;
  if (isAcknowledged || undecided.includes(rowCount)) return undefined;
  return `${seen} was written by nobody, or by a call that was told that it had failed`;
}
