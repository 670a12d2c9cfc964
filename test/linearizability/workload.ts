import { setTimeout as sleep } from 'node:timers/promises';
import { Caller } from './caller.ts';
import { type Observed, type RegisterInput, shownBy } from './history.ts';
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
  readonly input: RegisterInput;
}

const OPERATIONS = {
  register: 40,
  repeat: 8,
  strong: 14,
  weak: 10,
  minVersion: 5,
  batch: 5,
  list: 10,
} as const;

/** Every name gets its first callers at some time during the first nine tenths. */
const ALL_NAMES_AT = 0.9;

/** Clients which all do as the random stream says, through all replicas that serve. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly names: readonly string[];
  readonly #began: number;
  readonly #repeatable: Repeatable[] = [];
  #markers = 0;
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

  /** Registers with a request id, the latest of each name: what a client would repeat after a crash. */
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
        await caller.register(replica, again.name, again.input, patience(random));
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
      case 'register':
        return this.#register(caller, replica, { name, input: this.#input(name, random) }, random);
      case 'repeat': {
        const call = this.#toRepeat(random) ?? { name, input: this.#input(name, random) };
        return this.#register(caller, replica, call, random);
      }
      case 'batch':
        await caller.batchGet(replica, this.#someNames(random), random.chance(0.5), wait);
        return undefined;
      case 'list':
        await this.#list(caller, replica, random);
        return undefined;
      default: {
        const minVersion = kind === 'minVersion' ? (this.#latest(name)?.version ?? 0) : 0;
        await caller.get(replica, name, { strong: kind === 'strong', minVersion }, wait);
        return undefined;
      }
    }
  }

  async #register(caller: Caller, replica: Replica, call: Repeatable, random: Random) {
    const { name, input } = call;
    // Strong reads that race with the write, and more of them right after it.
    const watchers = random.chance(0.25) ? this.#serving().filter((each) => each !== replica) : [];
    const look = () =>
      Promise.all(watchers.map((each) => this.#strongGet(caller, each, name, random)));
    const racing = look();
    const outcome = await caller.register(replica, name, input, patience(random));
    if (outcome.kind === 'ok') await look();
    await racing;
    const withId = input.requestId !== '' && !input.validateOnly;
    if (withId) this.#repeatable.push(call);
    if (outcome.kind === 'unknown' && withId && random.chance(0.6)) return call;
    if (outcome.kind === 'ok' && !outcome.existing && random.chance(0.6)) {
      await sleep(random.between(0, 100));
      await this.#list(caller, replica, random);
    }
    return undefined;
  }

  async #strongGet(caller: Caller, replica: Replica, name: string, random: Random) {
    if (replica.client === undefined) return;
    await caller.get(replica, name, { strong: true, minVersion: 0 }, patience(random));
  }

  async #list(caller: Caller, replica: Replica, random: Random): Promise<void> {
    if (replica.client === undefined) return;
    await caller.list(replica, `${this.#options.prefix}/`, this.names, patience(random));
  }

  #serving(): Replica[] {
    return this.#options.replicas.filter(({ client }) => client !== undefined);
  }

  #input(name: string, random: Random): RegisterInput {
    this.#markers++;
    const marker = this.#markers;
    const latest = this.#latest(name);
    return {
      // Mostly the one it has: a conflict changes nothing, and writes are what is to be seen.
      fingerprint: random.chance(0.9) ? (latest?.fingerprint ?? 'f') : random.pick(['f', 'g']),
      marker,
      labels: random.pick([null, null, null, { writer: String(marker) }, {}]),
      requestId: random.chance(0.6) ? `r${marker}` : '',
      expectedEtag: this.#expectedEtag(name, latest, random),
      validateOnly: random.chance(0.06),
    };
  }

  #expectedEtag(name: string, latest: Observed | undefined, random: Random): string {
    if (random.chance(0.75)) return '';
    if (random.chance(0.1)) return '1-0000000000000000';
    const old = random.chance(0.2) ? this.#any(name, random) : latest;
    return old?.etag ?? '';
  }

  /** An earlier call; now and then another one under its request id. */
  #toRepeat(random: Random): Repeatable | undefined {
    const recent = this.#repeatable.slice(-80);
    if (recent.length === 0) return undefined;
    const call = random.pick(recent);
    if (random.chance(0.8)) return call;
    const { requestId } = call.input;
    return { name: call.name, input: { ...this.#input(call.name, random), requestId } };
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

  #any(name: string, random: Random): Observed | undefined {
    const seen = this.#seen(name);
    return seen.length === 0 ? undefined : random.pick(seen);
  }

  #seen(name: string): Observed[] {
    const seen: Observed[] = [];
    for (const operation of this.#options.recorder.operations.slice(-400)) {
      if (operation.name !== name) continue;
      if (operation.kind === 'register' && operation.input.validateOnly) continue;
      const manifest = shownBy(operation);
      if (manifest !== null) seen.push(manifest);
    }
    return seen;
  }
}

/** Some callers give up early, by their deadline or of their own will. */
function patience(random: Random): Patience {
  const impatient = random.chance(0.06);
  const timeoutMs = impatient ? Math.round(random.between(2, 40)) : 4_000;
  return { timeoutMs, ...(random.chance(0.05) ? { cancelAfterMs: random.between(1, 30) } : {}) };
}
