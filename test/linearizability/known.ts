import {
  deleted,
  FAILED,
  type KnownHistory,
  known,
  made,
  read,
  register,
  removal,
  shown,
  UNKNOWN,
  weak,
  writes,
  wrote,
} from './known-builders.ts';
import { KNOWN_LIVES } from './known-lives.ts';

const first = () => register([0, 10], { marker: 1, requestId: 'a' }, wrote(1, 1));
const replay = { kind: 'ok', existing: false, replayed: true, version: 1 } as const;

const OF_REGISTERS: readonly KnownHistory[] = [
  known(true, 'writes and reads one after another', () => {
    read([0, 5], null);
    first();
    read([20, 30], shown(1, 1));
    register([40, 50], { marker: 2 }, wrote(2, 2));
    read([60, 70], shown(2, 2));
  }),
  known(true, 'concurrent writes and reads in either order', () => {
    register([0, 100], { marker: 1 }, wrote(2, 1));
    register([0, 100], { marker: 2 }, wrote(1, 2));
    read([0, 100], null);
    read([5, 90], shown(2, 1));
    read([10, 80], shown(1, 2));
  }),
  known(false, 'a lost update', () => {
    first();
    register([20, 40], { marker: 2 }, wrote(2, 2));
    register([20, 40], { marker: 3 }, wrote(2, 3));
    read([50, 60], shown(2, 3));
  }),
  known(false, 'a lost update that only a read shows', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    read([50, 60], shown(1, 1));
  }),
  known(false, 'a stale strong read', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    read([31, 40], shown(1, 1));
    read([50, 60], shown(2, 2));
  }),
  known(false, 'a strong read that misses what is there', () => {
    first();
    read([20, 30], null);
  }),
  known(false, 'a duplicate create', () => {
    register([0, 20], { marker: 1 }, wrote(1, 1));
    register([5, 25], { marker: 2 }, wrote(1, 2));
  }),
  known(false, 'a second create that says that nothing was there', () => {
    first();
    register([20, 30], { marker: 2 }, { ...wrote(2, 2), existing: false });
  }),
  known(false, 'a write that was refused and applied', () => {
    first();
    const metadata = { current_fingerprint: 'f' };
    const refused = { kind: 'refused', reason: 'FINGERPRINT_CONFLICT', metadata } as const;
    register([20, 30], { marker: 2, fingerprint: 'g' }, refused);
    read([40, 50], shown(2, 2, { fingerprint: 'g' }));
  }),
  known(false, 'a write that was said to have failed and applied', () => {
    first();
    register([20, 30], { marker: 2 }, FAILED);
    read([40, 50], shown(2, 2));
  }),
  known(true, 'a write of unknown outcome that never happened', () => {
    first();
    register([20, 30], { marker: 2 }, UNKNOWN);
    read([40, 50], shown(1, 1));
    register([60, 70], { marker: 3 }, wrote(2, 3));
  }),
  known(true, 'a write of unknown outcome that happened late', () => {
    first();
    register([20, 30], { marker: 2 }, UNKNOWN);
    read([40, 50], shown(1, 1));
    read([60, 70], shown(2, 2));
    register([80, 90], { marker: 3 }, wrote(3, 3));
  }),
  known(false, 'a write of unknown outcome that happened and was undone', () => {
    first();
    register([20, 30], { marker: 2 }, UNKNOWN);
    read([40, 50], shown(2, 2));
    read([60, 70], shown(1, 1));
  }),
  known(true, 'a repeated request id that is answered from the record', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    register([40, 50], { marker: 1, requestId: 'a' }, { ...replay, manifest: shown(2, 2) });
  }),
  known(true, 'a repeated request id after an unknown outcome', () => {
    register([0, 10], { marker: 1, requestId: 'a' }, UNKNOWN);
    register([20, 30], { marker: 1, requestId: 'a' }, { ...replay, manifest: shown(1, 1) });
  }),
  known(false, 'a request id that is applied twice', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    register([40, 50], { marker: 1, requestId: 'a' }, wrote(3, 1));
  }),
  known(false, 'a single call that is applied twice', () => {
    first();
    register([20, 40], { marker: 2, requestId: 'b' }, wrote(3, 2));
    read([50, 60], shown(3, 2));
  }),
  known(false, 'a first call that is answered as a repetition', () => {
    register([0, 10], { marker: 1, requestId: 'a' }, { ...replay, manifest: shown(1, 1) });
  }),
  known(true, 'a request id that is used again for another call, and refused', () => {
    first();
    const metadata = { version: '1' };
    const reused = { kind: 'refused', reason: 'REQUEST_ID_REUSED', metadata } as const;
    register([20, 30], { marker: 2, requestId: 'a' }, reused);
  }),
  known(true, 'a request id that is forgotten after 64 writes', () => {
    first();
    writes(64, 2, 100);
    register([2_000, 2_010], { marker: 1, requestId: 'a' }, wrote(66, 1));
  }),
  known(false, 'a request id that is forgotten after 63 writes', () => {
    first();
    writes(63, 2, 100);
    register([2_000, 2_010], { marker: 1, requestId: 'a' }, wrote(65, 1));
  }),
  known(false, 'an answer with another version than its manifest', () => {
    first();
    register([20, 30], { marker: 2 }, { ...wrote(2, 2), version: 3 });
  }),
  known(false, 'a repetition that is told another version than the first call', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    const other = { ...replay, version: 2, manifest: shown(2, 2) };
    register([40, 50], { marker: 1, requestId: 'a' }, other);
  }),
  known(false, 'a version gap', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(3, 2));
  }),
  known(true, 'labels that stay, and labels that are replaced', () => {
    const ours = { labels: { a: '1' } };
    register([0, 10], { marker: 1, ...ours }, wrote(1, 1, ours));
    register([20, 30], { marker: 2 }, wrote(2, 2, ours));
    register([40, 50], { marker: 3, labels: {} }, wrote(3, 3));
  }),
  known(false, 'labels that are lost', () => {
    const ours = { labels: { a: '1' } };
    register([0, 10], { marker: 1, ...ours }, wrote(1, 1, ours));
    register([20, 30], { marker: 2 }, wrote(2, 2));
  }),
  known(true, 'an expected etag, right and stale', () => {
    first();
    register([20, 30], { marker: 2, expectedEtag: '1-1' }, wrote(2, 2));
    const metadata = { current_etag: '2-2' };
    const stale = { kind: 'refused', reason: 'ETAG_MISMATCH', metadata } as const;
    register([40, 50], { marker: 3, expectedEtag: '1-1' }, stale);
  }),
  known(false, 'an expected etag that was stale and accepted', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    register([40, 50], { marker: 3, expectedEtag: '1-1' }, wrote(3, 3));
  }),
  known(false, 'an expected etag that was right and refused', () => {
    first();
    const metadata = { current_etag: '1-1' };
    const stale = { kind: 'refused', reason: 'ETAG_MISMATCH', metadata } as const;
    register([40, 50], { marker: 3, expectedEtag: '1-1' }, stale);
  }),
  known(false, 'a dry run that was applied', () => {
    first();
    register([20, 30], { marker: 2, validateOnly: true }, wrote(2, 2));
    read([40, 50], shown(2, 2));
  }),
  known(true, 'a dry run that was not applied', () => {
    first();
    register([20, 30], { marker: 2, validateOnly: true }, wrote(2, 2));
    read([40, 50], shown(1, 1));
  }),
  known(true, 'a weak read as old as it says', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    read([100, 110], shown(1, 1), weak(90));
  }),
  known(false, 'a weak read that is older than it says', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    read([100, 110], shown(1, 1), weak(50));
  }),
  known(false, 'a weak read of what was never written', () => {
    first();
    register([20, 30], { marker: 2 }, FAILED);
    read([40, 50], shown(2, 2), weak(1_000));
  }),
  known(true, 'a name that was missed less than a second ago', () => {
    first();
    read([500, 510], null, weak(0));
  }),
  known(false, 'a name that was missed more than a second ago', () => {
    first();
    read([1_500, 1_510], null, weak(5_000));
  }),
  known(false, 'a version that was acknowledged and is denied', () => {
    first();
    read([20, 30], null, { strong: false, minVersion: 1, outcome: { kind: 'below' } });
  }),
];

/** Small histories that show one right or one wrong behaviour each. */
export const KNOWN_HISTORIES: readonly KnownHistory[] = [...OF_REGISTERS, ...KNOWN_LIVES];

/**
 * Histories that could be linearized, and break a promise all the same: only the invariants see it,
 * so no general checker does.
 */
export const BROKEN_PROMISES: readonly KnownHistory[] = [
  known(false, 'a replica that goes back', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2));
    read([40, 50], shown(2, 2), weak(100, 'r'));
    read([60, 70], shown(1, 1), weak(100, 'r'));
  }),
  known(false, 'a replica that forgets its own write', () => {
    register([0, 10], { marker: 1 }, wrote(1, 1), { replica: 'r' });
    read([20, 30], null, weak(100, 'r'));
  }),
  known(false, 'a replica that shows again what it has shown as deleted', () => {
    register([0, 10], { marker: 1 }, wrote(1, 1));
    read([12, 18], shown(1, 1), weak(100, 'r'));
    removal([20, 30], { method: 'delete' }, made(deleted(2, 1)));
    read([40, 50], null, weak(100, 'r'));
    read([51, 52], shown(1, 1), weak(100, 'r'));
  }),
  known(false, 'a replica that misses what it has shown before anybody deleted it', () => {
    register([0, 10], { marker: 1 }, wrote(1, 1));
    removal([20, 30], { method: 'delete' }, made(deleted(2, 1)));
    register([31, 40], { marker: 3 }, { ...wrote(3, 3, { createdAt: '3' }), existing: false });
    read([42, 43], shown(3, 3, { createdAt: '3' }), weak(100, 'r'));
    read([50, 60], null, weak(100, 'r'));
  }),
  known(false, 'a later version with an earlier time', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2, { updatedAt: '0' }));
  }),
  known(false, 'a dataset whose id changes', () => {
    first();
    register([20, 30], { marker: 2 }, wrote(2, 2, { datasetId: 'other' }));
  }),
  known(false, 'a dataset that is deleted at another time than its version is written', () => {
    register([0, 10], { marker: 1 }, wrote(1, 1));
    removal([20, 30], { method: 'delete' }, made(deleted(2, 1, { deletedAt: '1' })));
  }),
  known(false, 'a failure that no fault explains', () => {
    register([0, 10], { marker: 1 }, { kind: 'failed', reason: 'CORRUPT_MANIFEST' });
  }),
];
