import type { DataFile } from './input.ts';

/** How many of the latest writes of a name are remembered with their request ids. */
const REMEMBERED_WRITES = 64;
/** How many former fingerprints a dataset remembers. */
const REMEMBERED_FINGERPRINTS = 32;

/** A write with a request id. */
export interface Remembered {
  readonly requestId: string;
  readonly call: string;
  readonly existing: boolean;
  readonly version: number;
}

/** What a version of a name says, besides what follows by rule. */
export interface Content {
  readonly status: 'absent' | 'live' | 'deleted' | 'purged';
  /** The version that created the dataset; 0 where there is none. */
  readonly createdIn: number;
  readonly marker: number;
  readonly fingerprint: string;
  /** Canonical. */
  readonly labels: string;
  readonly objects: readonly DataFile[];
  readonly formers: readonly string[];
}

/** One name between two operations. Version 0: never written. Immutable. */
export interface State extends Content {
  readonly version: number;
  readonly remembered: readonly Remembered[];
  /** Equal for equal states. */
  readonly key: string;
}

/** What a name says where there is no dataset. */
const NOTHING = {
  createdIn: 0,
  marker: -1,
  fingerprint: '',
  labels: '{}',
  objects: [],
  formers: [],
} as const;

export const PURGED: Content = { ...NOTHING, status: 'purged' };

export const ABSENT: State = {
  ...NOTHING,
  status: 'absent',
  version: 0,
  remembered: [],
  key: 'absent',
};

/** The state after a write. */
export function afterWrite(
  state: State,
  content: Content,
  write: Omit<Remembered, 'version'>,
): State {
  const version = state.version + 1;
  const remembered = state.remembered.filter((each) => version - each.version < REMEMBERED_WRITES);
  if (write.requestId !== '') remembered.push({ ...write, version });
  const formers = content.formers.slice(-REMEMBERED_FINGERPRINTS);
  const { status, createdIn, marker, fingerprint, labels, objects } = content;
  const ids = remembered.map((each) => `${each.requestId}@${each.version}`).join();
  const files = objects.map(({ key, size, rows }) => `${key}:${size}:${rows}`).join();
  const said = [version, status, createdIn, marker, fingerprint, labels, files, formers.join()];
  const key = [...said, ids].join('|');
  return { ...content, formers, version, remembered, key };
}

/** Labels in one form. */
export function canonical(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).sort()));
}
