import { describe, expect, test } from '@jest/globals';
import { Gate } from '../../src/auth/gate.ts';
import { Policy } from '../../src/auth/policy.ts';
import { newToken, StaticTokens, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { NameScope } from '../../src/catalog/name-scope.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { catalogMethods } from '../../src/rpc/catalog-service.ts';
import { openRegistry, patient, registerCall, silentLog } from '../support/catalog.ts';
import { incomingCall } from '../support/incoming-call.ts';

const me = newToken('me', Buffer.alloc(TOKEN_BYTES, 1));

function policyOf(...names: string[]): Policy {
  const grants = [{ role: 'reader', names, to: [{ token: 'me' }] }];
  return Policy.parse(JSON.stringify({ version: 1, grants }));
}

/** A watch by a caller whose rights the test changes. */
async function watched(names: string[], resumeToken = '') {
  const registry = await openRegistry();
  for (const name of ['a/1', 'b/1']) await registry.register(registerCall({ name }), patient);
  const state = { policy: policyOf(...names), tokens: StaticTokens.parse(me.line) };
  const gate = new Gate({
    tokens: () => state.tokens,
    policy: () => state.policy,
    nowMs: () => 0,
  });
  const methods = catalogMethods({
    registry,
    admission: new Admission(gate, silentLog, () => 0),
    log: silentLog,
    defaultTimeoutMs: 60_000,
    observe: () => {},
    monotonic: () => 0,
  });
  const header = (name: string) => (name === 'authorization' ? `Bearer ${me.token}` : undefined);
  const { call } = incomingCall({ header });
  const open = (token: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: the fields of the message that count here
    methods.watchManifests({ prefix: '', resumeToken: token } as any, call);
  const stream = open(resumeToken);
  const told = async (from = stream) => {
    const { value } = await from.next();
    const { event } = value as { event: { case: string; value: { name?: string } } };
    return [event.case, event.value.name].join(' ').trim();
  };
  return { registry, state, gate, stream, told, open };
}

describe('a watch', () => {
  test('tells only of what may be read', async () => {
    const { registry, told } = await watched(['b/']);
    expect([await told(), await told()]).toEqual(['put b/1', 'synced']);
    for (const name of ['a/2', 'b/2', 'ba/3', 'b/3']) {
      await registry.register(registerCall({ name }), patient);
    }
    expect([await told(), await told()]).toEqual(['put b/2', 'put b/3']);
  });

  test('ends when other names may be read, and begins anew from its token', async () => {
    const { state, gate, stream, told, open } = await watched(['b/']);
    await told();
    const { value } = await stream.next();
    state.policy = policyOf('a/');
    gate.changed();
    await expect(stream.next()).rejects.toMatchObject({ status: { reason: 'ACCESS_CHANGED' } });
    const next = open((value as { resumeToken: string }).resumeToken);
    expect([await told(next), await told(next), await told(next)]).toEqual([
      'reset',
      'put a/1',
      'synced',
    ]);
  });

  test('goes on when the policy changes for others', async () => {
    const { registry, state, gate, told } = await watched(['b/']);
    expect([await told(), await told()]).toEqual(['put b/1', 'synced']);
    state.policy = policyOf('b');
    state.policy = policyOf('b/', 'b/x');
    gate.changed();
    await registry.register(registerCall({ name: 'b/2' }), patient);
    expect(await told()).toBe('put b/2');
  });

  test('ends when its token is withdrawn', async () => {
    const { state, gate, stream, told } = await watched(['b/']);
    await told();
    state.tokens = StaticTokens.parse('');
    gate.changed();
    await expect(stream.next()).rejects.toMatchObject({ status: { reason: 'UNAUTHENTICATED' } });
  });
});

test('a watch that has ended is not looked after any more', async () => {
  const { state, gate, stream, told } = await watched(['b/']);
  await told();
  await stream.return(undefined);
  let looks = 0;
  const { tokens } = state;
  Object.defineProperty(state, 'tokens', { get: () => ++looks && tokens });
  gate.changed();
  expect(looks).toBe(0);
});

describe('a door', () => {
  const SERVICE = 'catalogd.v1.CatalogService';
  const grants = [
    { role: 'writer', names: ['mine/'], to: [{ token: 'me' }] },
    { role: 'reader', names: ['mine/'], to: ['anonymous'] },
  ];
  const policy = Policy.parse(JSON.stringify({ version: 1, grants }));
  const tokens = StaticTokens.parse(me.line);
  const gate = new Gate({ tokens: () => tokens, policy: () => policy, nowMs: () => 0 });
  const admission = new Admission(gate, silentLog, () => 0);

  /** What becomes of a call about a name. */
  async function through(method: string, name: string, authorization?: string) {
    const header = (each: string) => (each === 'authorization' ? authorization : undefined);
    const { call, headers } = incomingCall({ header });
    const door = admission.door(`${SERVICE}/${method}`);
    const admitted = await door.enter(call);
    try {
      door.check(admitted, call, { name });
      return 'in';
    } catch (error) {
      return [(error as { reason: string }).reason, ...headers.values()].join(' ');
    }
  }

  const mine = `Bearer ${me.token}`;

  test('for a purge lets in who may purge, which who may write may not', async () => {
    expect(await through('DeleteManifest', 'mine/a', mine)).toBe('in');
    expect(await through('PurgeManifest', 'mine/a', mine)).toBe('PERMISSION_DENIED');
  });

  test('takes what is no name for a mistake, not for a name that somebody else may write', async () => {
    expect(await through('RegisterManifest', 'others/a', mine)).toBe('PERMISSION_DENIED');
    for (const name of ['others/../a', '/mine/a']) {
      expect(await through('RegisterManifest', name, mine)).toBe('INVALID_NAME');
    }
    expect(await through('RegisterManifest', '', mine)).toBe('EMPTY_NAME');
  });

  test('asks who has not said who it is to do so, where it has some right and lacks another', async () => {
    expect(await through('GetManifest', 'mine/a')).toBe('in');
    expect(await through('RegisterManifest', 'mine/a')).toBe('UNAUTHENTICATED Bearer');
  });
});

test.each([
  ['though that was given another end meanwhile', false],
  ['as it was when the stream began', true],
])('a stream ends when its token does, %s', async (_, isFirst) => {
  const tokensUntil = (ms: number) =>
    StaticTokens.parse(`${me.line} until=${new Date(ms).toISOString()}`);
  const from = performance.now();
  const nowMs = () => performance.now() - from;
  let tokens = isFirst ? tokensUntil(300) : StaticTokens.parse(me.line);
  const gate = new Gate({ tokens: () => tokens, nowMs });
  const { call } = incomingCall({ header: () => `Bearer ${me.token}` });
  const door = new Admission(gate, silentLog, nowMs).door(
    'catalogd.v1.CatalogService/WatchManifests',
  );
  const ended = Promise.withResolvers<Error>();
  const unwatch = door.watch(await door.enter(call), call, ended.resolve);
  for (const endMs of isFirst ? [] : [100, 300]) {
    tokens = tokensUntil(endMs);
    gate.changed();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // The timer of a stream does not keep the process: something else has to.
  const waiting = setTimeout(() => ended.reject(new Error('the stream goes on')), 2_000);
  await expect(ended.promise).resolves.toMatchObject({ reason: 'UNAUTHENTICATED' });
  clearTimeout(waiting);
  expect(nowMs()).toBeGreaterThanOrEqual(300);
  unwatch();
});

test('names in quarantine are told to those alone who may read them', async () => {
  const registry = await openRegistry();
  Object.defineProperty(registry, 'quarantined', { value: ['a/1', 'b/1'] });
  const some = { reads: NameScope.of(['b/']) };
  expect(registry.unreadableNames('', undefined, some)).toEqual(['b/1']);
});
