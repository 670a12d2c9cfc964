import { setTimeout as sleep } from 'node:timers/promises';
import { Caller } from './caller.ts';
import { isPreview, type Observed, shownBy, type WriteOutcome } from './history.ts';
import type { Method, WriteInput } from './input.ts';
import { Inputs } from './inputs.ts';
import type { Random } from './random.ts';
import type { Patience } from './raw-client.ts';
import type { Recorder } from './recorder.ts';
import type { Replica } from './replica.ts';

/** What clients work on. */
export interface WorkloadOptions {
  readonly replicas: readonly Replica[];
  readonly recorder: Recorder;
  readonly random: Random;
  /** Where the names of this run begin. */
  readonly prefix: string;
  readonly names: number;
  readonly clients: number;
  /** How long the run is meant to last. New names turn up all the time until shortly before. */
  readonly durationMs: number;
}

/** A call which could be repeated. */
interface Repeatable {
  readonly name: string;
  readonly input: WriteInput;
}

const OPERATIONS = {
  write: 42,
  burst: 3,
  repeat: 8,
  strong: 14,
  weak: 10,
  minVersion: 5,
  batch: 5,
  list: 10,
} as const;

/** What is done to a dataset that was seen alive, to one that was seen deleted, and to one never seen. */
const TO_LIVE = { register: 24, evolve: 3, update: 9, delete: 5, undelete: 1, purge: 1 };
const TO_DELETED = { register: 9, evolve: 1, update: 1, delete: 1, undelete: 9, purge: 6 };
const TO_UNSEEN = { register: 24, evolve: 1, update: 1, delete: 2, undelete: 1, purge: 1 };

/** Every name gets its first callers at some time during the first nine tenths. */
const ALL_NAMES_AT = 0.9;

/** Clients which all do as the random stream says, through all replicas that serve. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly names: readonly string[];
  readonly #began: number;
  readonly #repeatable: Repeatable[] = [];
  readonly #inputs = new Inputs();
  #ended = false;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.names = Array.from({ length: options.names }, (_, i) => `${options.prefix}/n${i}`);
    this.#began = options.recorder.now();
  }

  /** Resolves when the end was called and every call has come back. */
  async run(): Promise<void> {
    const { clients, random } = this.#options;
    const running = Array.from({ length: clients }, (_, i) => this.#client(`c${i}`, random.fork()));
    await Promise.all(running);
  }

  /** Lets no client begin another call. */
  end(): void {
    this.#ended = true;
  }

  /** Writes with a request id, the latest of each name: what a client would repeat after a crash. */
  repeatable(): readonly Repeatable[] {
    const ofName = Map.groupBy(this.#repeatable, ({ name }) => name);
    return [...ofName.values()].flatMap((calls) => calls.slice(-3));
  }

  async #client(name: string, random: Random): Promise<void> {
    const caller = new Caller(name, this.#options.recorder);
    let again: Repeatable | undefined;
    while (!this.#ended) {
      const serving = this.#serving();
      if (serving.length === 0) {
        await sleep(5);
        continue;
      }
      const replica = random.pick(serving);
      if (again === undefined) again = await this.#operation(caller, replica, random);
      else {
        await caller.write(replica, again.name, again.input, patience(random));
        again = undefined;
      }
      await sleep(random.between(0, 2));
    }
  }

  /** @returns a write to be repeated, as its outcome is not known. */
  async #operation(caller: Caller, replica: Replica, random: Random) {
    const name = this.#pickName(random);
    const kind = random.weighted(OPERATIONS);
    const wait = patience(random);
    switch (kind) {
      case 'write':
        return this.#write(caller, replica, this.#call(name, random), random);
      case 'burst':
        await this.#burst(caller, replica, name, random);
        return undefined;
      case 'repeat': {
        const call = this.#toRepeat(random) ?? this.#call(name, random);
        return this.#write(caller, replica, call, random);
      }
      case 'batch':
        await caller.batchGet(replica, this.#someNames(random), random.chance(0.5), wait);
        return undefined;
      case 'list':
        await this.#list(caller, replica, random);
        return undefined;
      default: {
        const minVersion = kind === 'minVersion' ? (this.#latest(name)?.version ?? 0) : 0;
        const showDeleted = random.chance(0.4);
        const reading = { strong: kind === 'strong', minVersion, showDeleted };
        await caller.get(replica, name, reading, wait);
        return undefined;
      }
    }
  }

  async #write(caller: Caller, replica: Replica, call: Repeatable, random: Random) {
    const { name, input } = call;
    // Strong reads that race with the write, and more of them right after it.
    const watchers = random.chance(0.25) ? this.#serving().filter((each) => each !== replica) : [];
    const look = () =>
      Promise.all(watchers.map((each) => this.#strongGet(caller, each, name, random)));
    const racing = look();
    const outcome = await caller.write(replica, name, input, patience(random));
    if (outcome.kind === 'ok') await look();
    await racing;
    const withId = input.requestId !== '' && !input.validateOnly;
    if (withId) this.#repeatable.push(call);
    if (outcome.kind === 'unknown' && withId && random.chance(0.6)) return call;
    if (isTurn(input.method, outcome) && random.chance(0.6)) {
      await sleep(random.between(0, 100));
      await this.#list(caller, replica, random);
    }
    return undefined;
  }

  /** Several writes of one name at once through one replica, which may write them together. */
  async #burst(caller: Caller, replica: Replica, name: string, random: Random): Promise<void> {
    const calls = Array.from({ length: random.below(5) + 3 }, () => {
      const own = random.fork();
      return this.#write(caller, replica, this.#call(name, own), own);
    });
    await Promise.all(calls);
  }

  async #strongGet(caller: Caller, replica: Replica, name: string, random: Random) {
    if (replica.client === undefined) return;
    const reading = { strong: true, minVersion: 0, showDeleted: random.chance(0.4) };
    await caller.get(replica, name, reading, patience(random));
  }

  async #list(caller: Caller, replica: Replica, random: Random): Promise<void> {
    if (replica.client === undefined) return;
    const prefix = `${this.#options.prefix}/`;
    await caller.list(replica, prefix, this.names, random.chance(0.5), patience(random));
  }

  #serving(): Replica[] {
    return this.#options.replicas.filter(({ client }) => client !== undefined);
  }

  #call(name: string, random: Random, as?: Method): Repeatable {
    const latest = this.#latest(name);
    const seen = this.#seen(name);
    const older = seen.length === 0 ? undefined : random.pick(seen);
    const method = as ?? random.weighted(whatToDo(latest));
    return { name, input: this.#inputs.draw(method, latest, older, random) };
  }

  /** An earlier call; now and then another one under its request id. */
  #toRepeat(random: Random): Repeatable | undefined {
    const recent = this.#repeatable.slice(-80);
    if (recent.length === 0) return undefined;
    const call = random.pick(recent);
    if (random.chance(0.8)) return call;
    const { name, input } = call;
    const { requestId } = input;
    const other = this.#call(name, random, random.chance(0.7) ? input.method : 'delete');
    return { name, input: { ...other.input, requestId } };
  }

  /** Two names are always in demand, and so is the newest. */
  #pickName(random: Random): string {
    const active = this.#active();
    if (random.chance(0.4)) return active[random.below(2)] ?? (active[0] as string);
    return random.chance(0.3) ? (active.at(-1) as string) : random.pick(active);
  }

  #someNames(random: Random): string[] {
    return [...new Set([0, 1, 2].map(() => this.#pickName(random)))];
  }

  #active(): readonly string[] {
    const { recorder, durationMs } = this.#options;
    const progress = (recorder.now() - this.#began) / (durationMs * ALL_NAMES_AT);
    return this.names.slice(0, Math.max(2, Math.ceil(this.names.length * progress)));
  }

  /** The newest version of the last manifests that anybody saw of a name. */
  #latest(name: string): Observed | undefined {
    let latest: Observed | undefined;
    for (const seen of this.#seen(name)) {
      if (latest === undefined || seen.version > latest.version) latest = seen;
    }
    return latest;
  }

  #seen(name: string): Observed[] {
    const seen: Observed[] = [];
    for (const operation of this.#options.recorder.operations.slice(-400)) {
      if (operation.name !== name) continue;
      if (isPreview(operation)) continue;
      const manifest = shownBy(operation);
      if (manifest !== null) seen.push(manifest);
    }
    return seen;
  }
}

function whatToDo(latest: Observed | undefined): Readonly<Record<Method, number>> {
  if (latest === undefined) return TO_UNSEEN;
  return latest.deletedAt === null ? TO_LIVE : TO_DELETED;
}

/** Whether a call made a dataset appear or disappear. */
function isTurn(method: Method, outcome: WriteOutcome): boolean {
  if (outcome.kind !== 'ok' || outcome.version === 0) return false;
  return method === 'register' ? outcome.existing === false : /delete/.test(method);
}

/** Some callers give up early, by their deadline or of their own will. */
function patience(random: Random): Patience {
  const impatient = random.chance(0.06);
  const timeoutMs = impatient ? Math.round(random.between(2, 40)) : 4_000;
  return { timeoutMs, ...(random.chance(0.05) ? { cancelAfterMs: random.between(1, 30) } : {}) };
}
