import { Counter, type Registry as Metrics } from 'prom-client';
import type { AdmissionObserver } from '../../rpc/admission.ts';
import type { ChainOptions } from '../../rpc/chain.ts';

/** Who is not let in, and what is refused for there is too much of it. Never by the names of callers. */
export interface DoorMetrics {
  readonly unauthenticated: AdmissionObserver['unauthenticated'];
  readonly denied: AdmissionObserver['denied'];
  readonly limited: NonNullable<ChainOptions['limited']>;
}

/** Adds the metrics of refused calls to those that are scraped, and tells what counts them. */
export function doorMetrics(metrics: Metrics): DoorMetrics {
  const registers = [metrics];
  const failures = new Counter({
    name: 'catalogd_authentication_failures_total',
    help: 'Callers that could not be told, by kind of credentials: none, token, jwt, other; unavailable: the keys to check them by.',
    labelNames: ['kind'],
    registers,
  });
  const denials = new Counter({
    name: 'catalogd_authorization_denials_total',
    help: 'Callers with good credentials that lacked a right, by the role that would do.',
    labelNames: ['role'],
    registers,
  });
  const limited = new Counter({
    name: 'catalogd_limited_calls_total',
    help: 'Calls that were refused because there were as many as there may be, by limit: its setting, or store_reads.',
    labelNames: ['limit'],
    registers,
  });
  return {
    unauthenticated: (kind) => failures.inc({ kind }),
    denied: ({ role }) => denials.inc({ role }),
    limited: (what) => limited.inc({ limit: SETTINGS[what] }),
  };
}

/** docs/limits.md */
const SETTINGS: Readonly<Record<Parameters<DoorMetrics['limited']>[0], string>> = {
  calls: 'max_calls',
  reads: 'store_reads',
  writes: 'max_writes',
  'writes of the name': 'max_writes_per_name',
  'writes of the caller': 'max_writes_per_caller',
  watchers: 'max_watchers',
  'watchers of the caller': 'max_watchers_per_caller',
};
