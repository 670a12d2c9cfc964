import {
  deleted,
  emptied,
  evolve,
  file,
  type KnownHistory,
  known,
  made,
  read,
  refused,
  register,
  removal,
  shown,
  UNKNOWN,
  update,
  weak,
  wrote,
} from './known-builders.ts';

const SHOW_DELETED = { showDeleted: true };
const ABSENT = refused('MANIFEST_NOT_FOUND');
/** Of a dataset whose third version created it anew. */
const ANEW = { createdAt: '3' };
/** Of a dataset that evolved in its second version. */
const EVOLVED = { fingerprint: 'g', formers: ['f@2'] };

const created = () => register([0, 10], { marker: 1, requestId: 'a' }, wrote(1, 1));
const removed = () => removal([20, 30], { method: 'delete' }, made(deleted(2, 1)));
const recreated = () =>
  register([40, 50], { marker: 3 }, { ...wrote(3, 3, ANEW), existing: false });
const purged = () => removal([40, 50], { method: 'purge' }, emptied(3));
const evolved = () => evolve([20, 30], { marker: 2 }, made(shown(2, 2, EVOLVED)));

/** What the answer to UpdateObjects shows: nothing of the objects but their number and size. */
const basic = (...of: Parameters<typeof shown>) => ({ ...shown(...of), objects: null });
const TWO = { objects: [file('a', 1), file('b', 2)] };

/** Small histories of what else than registers can happen to a dataset. */
export const KNOWN_LIVES: readonly KnownHistory[] = [
  known(true, 'a dataset that is deleted and shown to who asks for it', () => {
    created();
    removed();
    read([40, 50], null);
    read([60, 70], deleted(2, 1), SHOW_DELETED);
    read([80, 90], deleted(2, 1), { ...weak(20), ...SHOW_DELETED });
  }),
  known(false, 'a read of a dataset after its delete', () => {
    created();
    removed();
    read([40, 50], shown(1, 1));
  }),
  known(false, 'a deleted dataset that is shown to who does not ask for it', () => {
    created();
    removed();
    read([40, 50], deleted(2, 1));
  }),
  known(false, 'a deleted dataset that is forgotten', () => {
    created();
    removed();
    read([40, 50], null, SHOW_DELETED);
  }),
  known(false, 'a weak read of a deleted dataset that is older than it says', () => {
    created();
    removed();
    read([500, 510], shown(1, 1), weak(100));
  }),
  known(true, 'a delete of unknown outcome that happened late', () => {
    created();
    removal([20, 30], { method: 'delete', requestId: 'b' }, UNKNOWN);
    read([40, 50], shown(1, 1));
    read([60, 70], null);
    const replay = { ...made(deleted(2, 1)), replayed: true };
    removal([80, 90], { method: 'delete', requestId: 'b' }, replay);
  }),
  known(false, 'a repeated delete that does not show what it deleted', () => {
    created();
    removal([20, 30], { method: 'delete', requestId: 'b' }, made(deleted(2, 1)));
    const replay = { ...emptied(2), replayed: true };
    removal([80, 90], { method: 'delete', requestId: 'b' }, replay);
  }),
  known(false, 'a delete that was refused and applied', () => {
    created();
    const stale = refused('ETAG_MISMATCH', { current_etag: '1-1' });
    removal([20, 30], { method: 'delete', expectedEtag: '9-9' }, stale);
    read([40, 50], null);
  }),
  known(true, 'a delete of what is not there', () => {
    removal([0, 10], { method: 'delete' }, ABSENT);
    removal([20, 30], { method: 'delete', allowMissing: true }, emptied(0));
    removal([40, 50], { method: 'purge', allowMissing: true }, emptied(0));
    removal([60, 70], { method: 'undelete' }, ABSENT);
    evolve([80, 90], { marker: 1 }, ABSENT);
    update([100, 110], {}, ABSENT);
  }),
  known(false, 'a delete that is allowed to miss, and missed what is there', () => {
    created();
    removal([20, 30], { method: 'delete', allowMissing: true }, emptied(0));
  }),
  known(true, 'an expected etag of a deleted dataset', () => {
    created();
    removed();
    const none = refused('ETAG_MISMATCH', { current_etag: '' });
    register([40, 50], { marker: 2, expectedEtag: '2-1' }, none);
    removal([60, 70], { method: 'delete', allowMissing: true, expectedEtag: '2-1' }, none);
    removal([80, 90], { method: 'undelete', expectedEtag: '2-1' }, made(shown(3, 1)));
  }),
  known(true, 'a dataset that is created anew', () => {
    created();
    removed();
    recreated();
    read([60, 70], shown(3, 3, ANEW));
    removal([80, 90], { method: 'undelete' }, refused('MANIFEST_EXISTS'));
  }),
  known(false, 'a version that is reset by a new create', () => {
    created();
    removed();
    register([40, 50], { marker: 3 }, { ...wrote(1, 3, ANEW), existing: false });
  }),
  known(false, 'a new create that says that the dataset was there', () => {
    created();
    removed();
    register([40, 50], { marker: 3 }, wrote(3, 3, ANEW));
  }),
  known(false, 'a new create that keeps the old time of creation', () => {
    created();
    removed();
    register([40, 50], { marker: 3 }, { ...wrote(3, 3), existing: false });
  }),
  known(false, 'a new create that keeps the labels', () => {
    const labels = { a: '1' };
    register([0, 10], { marker: 1, labels }, wrote(1, 1, { labels }));
    removal([20, 30], { method: 'delete' }, made(deleted(2, 1, { labels })));
    register([40, 50], { marker: 3 }, { ...wrote(3, 3, { ...ANEW, labels }), existing: false });
  }),
  known(true, 'a request id that is repeated after a delete, and after a new create', () => {
    created();
    removed();
    const replay = { kind: 'ok', existing: false, replayed: true, version: 1 } as const;
    register([32, 38], { marker: 1, requestId: 'a' }, { ...replay, manifest: null });
    recreated();
    const now = shown(3, 3, ANEW);
    register([60, 70], { marker: 1, requestId: 'a' }, { ...replay, manifest: now });
  }),
  known(false, 'a request id that is forgotten over a delete', () => {
    created();
    removed();
    const again = { ...wrote(3, 1, ANEW), existing: false };
    register([40, 50], { marker: 1, requestId: 'a' }, again);
  }),
  known(true, 'an undelete', () => {
    created();
    removed();
    removal([40, 50], { method: 'undelete' }, made(shown(3, 1)));
    read([60, 70], shown(3, 1));
  }),
  known(false, 'an undelete after a new create', () => {
    created();
    removed();
    recreated();
    removal([60, 70], { method: 'undelete' }, made(shown(4, 1)));
  }),
  known(false, 'an undelete that makes a new time of creation', () => {
    created();
    removed();
    removal([40, 50], { method: 'undelete' }, made(shown(3, 1, ANEW)));
  }),
  known(false, 'an undelete that was refused while there was something to undelete', () => {
    created();
    removed();
    removal([40, 50], { method: 'undelete' }, ABSENT);
  }),
  known(false, 'a refusal of an undelete that was right before the call', () => {
    created();
    removed();
    removal([40, 50], { method: 'undelete' }, refused('MANIFEST_EXISTS'));
  }),
  known(false, 'a refusal of a purge that was right before the call', () => {
    created();
    removed();
    removal([40, 50], { method: 'purge' }, refused('NOT_DELETED'));
  }),
  known(false, 'a refusal of a register that was right before the call', () => {
    created();
    evolved();
    const conflict = refused('FINGERPRINT_CONFLICT', { current_fingerprint: 'f' });
    register([40, 50], { marker: 3, fingerprint: 'g' }, conflict);
  }),
  known(true, 'a purge', () => {
    created();
    removal([12, 18], { method: 'purge' }, refused('NOT_DELETED'));
    removed();
    purged();
    read([60, 70], null, SHOW_DELETED);
    removal([80, 90], { method: 'purge' }, ABSENT);
    const anew = shown(4, 4, { createdAt: '4' });
    register([100, 110], { marker: 4 }, { ...wrote(4, 4), existing: false, manifest: anew });
  }),
  known(false, 'a purge of a dataset that lives', () => {
    created();
    removal([20, 30], { method: 'purge' }, emptied(2));
  }),
  known(false, 'an undelete after a purge', () => {
    created();
    removed();
    purged();
    removal([60, 70], { method: 'undelete' }, made(shown(4, 1)));
  }),
  known(false, 'a purge that forgets the version', () => {
    created();
    removed();
    purged();
    register([60, 70], { marker: 4 }, wrote(1, 4));
  }),
  known(true, 'a fingerprint that evolves', () => {
    created();
    evolved();
    read([40, 50], shown(2, 2, EVOLVED));
    const conflict = refused('FINGERPRINT_CONFLICT', { current_fingerprint: 'g' });
    register([60, 70], { marker: 3 }, conflict);
    register([80, 90], { marker: 4, fingerprint: 'g' }, wrote(3, 4, EVOLVED));
  }),
  known(false, 'an evolution from a wrong fingerprint', () => {
    created();
    const wrong = shown(2, 2, { fingerprint: 'g', formers: ['h@2'] });
    evolve([20, 30], { marker: 2, from: 'h' }, made(wrong));
  }),
  known(false, 'two evolutions from the same fingerprint', () => {
    created();
    evolve([20, 40], { marker: 2 }, made(shown(2, 2, EVOLVED)));
    const second = shown(3, 3, { fingerprint: 'h', formers: ['f@2', 'f@3'] });
    evolve([20, 40], { marker: 3, to: 'h' }, made(second));
  }),
  known(false, 'an evolution that forgets the former fingerprint', () => {
    created();
    evolve([20, 30], { marker: 2 }, made(shown(2, 2, { fingerprint: 'g' })));
  }),
  known(true, 'an update that replaces in place, adds at the end and removes', () => {
    const before = [file('a', 1), file('b', 2), file('c', 3)];
    const after = [file('b', 5), file('c', 3), file('d', 4)];
    register([0, 10], { marker: 9, objects: before }, wrote(1, 9, { objects: before }));
    const asked = { put: [file('d', 4), file('b', 5)], remove: ['a'] };
    update([20, 30], asked, made(basic(2, 15, { objects: after })));
    read([40, 50], shown(2, 15, { objects: after }));
  }),
  known(true, 'row counts that cannot be adjusted', () => {
    created();
    const unknown = { objects: [file('a', 1), file('b', 2, -1)] };
    update([20, 30], { put: [file('b', 2, -1)] }, made(basic(2, -1, unknown)));
    update([40, 50], { remove: ['b'] }, made(basic(3, -1, { objects: [file('a', 1)] })));
    update([60, 70], { marker: 7 }, made(basic(4, 7, { objects: [file('a', 1)] })));
    const less = { objects: [file('a', 8)] };
    update([80, 90], { put: [file('a', 8)] }, made(basic(5, 14, less)));
    update([100, 110], { marker: 3 }, made(basic(6, 3, less)));
    update([120, 130], { remove: ['a'] }, made(basic(7, -1, { objects: [] })));
  }),
  known(false, 'a row count that is not adjusted', () => {
    created();
    update([20, 30], { put: [file('b', 2)] }, made(basic(2, 1, TWO)));
  }),
  known(false, 'an update that lost an object', () => {
    created();
    update([20, 30], { put: [file('b', 2)] }, made(basic(2, 3, { objects: [file('b', 2)] })));
  }),
  known(false, 'an update that only a read shows to have lost an object', () => {
    created();
    update([20, 30], { put: [file('b', 2)] }, made(basic(2, 3, TWO)));
    read([40, 50], shown(2, 3, { objects: [file('b', 2), file('a', 1)] }));
  }),
  known(false, 'two updates of which one is lost', () => {
    created();
    update([20, 40], { put: [file('b', 2)], marker: 2 }, made(basic(2, 2, TWO)));
    const other = { objects: [file('a', 1), file('c', 3)] };
    update([20, 40], { put: [file('c', 3)], marker: 3 }, made(basic(3, 3, other)));
  }),
  known(true, 'a key to remove that is not there', () => {
    created();
    update([20, 30], { remove: ['x'] }, refused('OBJECT_NOT_FOUND', { key: 'x' }));
  }),
  known(false, 'a key to remove that is there, and was not found', () => {
    created();
    update([20, 30], { remove: ['a'] }, refused('OBJECT_NOT_FOUND', { key: 'a' }));
  }),
  known(false, 'an update with a wrong fingerprint', () => {
    created();
    update([20, 30], { fingerprint: 'g', put: [file('b', 2)] }, made(basic(2, 3, TWO)));
  }),
];
