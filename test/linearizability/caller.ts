import { Consistency } from '../../gen/catalogd/v1/catalog_pb.ts';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { CatalogClientError } from '../../src/client/errors.ts';
import type { ReadOperation, WriteOutcome } from './history.ts';
import type { WriteInput } from './input.ts';
import type { Called, Patience } from './raw-client.ts';
import { observed, type Recorder, readError, writeError } from './recorder.ts';
import type { Replica } from './replica.ts';
import { sendWrite } from './send-write.ts';

const { getManifest, batchGetManifests, listManifests } = CatalogService.method;

/** How a name is read. */
export interface Reading {
  readonly strong: boolean;
  /** 0: any. */
  readonly minVersion: number;
  readonly showDeleted: boolean;
}

/** One client: makes calls, each through the replica that it is given, and has them recorded. */
export class Caller {
  readonly #name: string;
  readonly #recorder: Recorder;

  constructor(name: string, recorder: Recorder) {
    this.#name = name;
    this.#recorder = recorder;
  }

  async write(
    replica: Replica,
    name: string,
    input: WriteInput,
    patience: Patience,
  ): Promise<WriteOutcome> {
    const operation = { kind: 'write', ...this.#begin(replica), name, input } as const;
    const answer = await sendWrite(clientOf(replica), name, input, patience);
    const outcome: WriteOutcome =
      answer instanceof CatalogClientError
        ? writeError(answer)
        : {
            kind: 'ok',
            ...(answer.existing === undefined ? {} : { existing: answer.existing }),
            replayed: answer.replayed,
            version: Number(answer.version),
            manifest: answer.manifest === undefined ? null : observed(answer.manifest),
          };
    this.#recorder.write({ ...operation, outcome });
    return outcome;
  }

  async get(replica: Replica, name: string, how: Reading, patience: Patience) {
    const operation = { ...this.#begin(replica), name, ...how };
    const request = {
      name,
      consistency: how.strong ? Consistency.STRONG : Consistency.WEAK,
      minVersion: BigInt(how.minVersion),
      showDeleted: how.showDeleted,
    };
    const called = await clientOf(replica).call(getManifest, request, patience);
    const { result } = called;
    const outcome: ReadOperation['outcome'] =
      result instanceof CatalogClientError
        ? readError(result)
        : {
            kind: 'ok',
            manifest: result.manifest === undefined ? null : observed(result.manifest),
          };
    this.#recorder.read({ kind: 'read', ...operation, via: 'get', ageMs: age(called), outcome });
  }

  async batchGet(replica: Replica, names: readonly string[], strong: boolean, patience: Patience) {
    const began = { ...this.#begin(replica), strong, minVersion: 0, showDeleted: false };
    const consistency = strong ? Consistency.STRONG : Consistency.WEAK;
    const request = { names: [...names], consistency };
    const called = await clientOf(replica).call(batchGetManifests, request, patience);
    const { result } = called;
    if (result instanceof CatalogClientError) return;
    const found = new Map(result.manifests.map((each) => [each.name, observed(each)]));
    for (const name of names) {
      const manifest = found.get(name) ?? null;
      if (manifest === null && !result.missingNames.includes(name)) {
        throw new Error(`a batch tells nothing of ${name}`);
      }
      const outcome = { kind: 'ok', manifest } as const;
      this.#recorder.read({
        kind: 'read',
        ...began,
        name,
        via: 'batch',
        ageMs: age(called),
        outcome,
      });
    }
  }

  /** One page, which is a weak read of every name with that prefix. */
  async list(
    replica: Replica,
    prefix: string,
    names: readonly string[],
    showDeleted: boolean,
    patience: Patience,
  ) {
    const began = { ...this.#begin(replica), strong: false, minVersion: 0, showDeleted };
    const request = { prefix, pageSize: 1_000, showDeleted };
    const called = await clientOf(replica).call(listManifests, request, patience);
    const { result } = called;
    if (result instanceof CatalogClientError) return;
    const found = new Map(result.manifests.map((each) => [each.name, observed(each)]));
    for (const name of names) {
      const outcome = { kind: 'ok', manifest: found.get(name) ?? null } as const;
      this.#recorder.read({
        kind: 'read',
        ...began,
        name,
        via: 'list',
        ageMs: age(called),
        outcome,
      });
    }
  }

  #begin(replica: Replica) {
    return { client: this.#name, replica: replica.id, invoked: this.#recorder.now() };
  }
}

function clientOf(replica: Replica) {
  if (replica.client === undefined) throw new Error(`replica ${replica.id} does not serve`);
  return replica.client;
}

/** Every answer has to say how old the index is; one of a broken connection cannot. */
function age({ ageMs, result }: Called<never>): number {
  if (ageMs !== undefined) return ageMs;
  if (result instanceof CatalogClientError && result.reason === '') return 0;
  throw new Error('a read does not say how old the index is');
}
