import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Gate } from '../../src/auth/gate.ts';
import { type AuthParts, type AuthSettings, openGate } from '../../src/auth/open.ts';
import { BadCredentials } from '../../src/auth/refusal.ts';
import { newToken, TOKEN_BYTES } from '../../src/auth/static-tokens.ts';
import { silentLog } from '../support/catalog.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { AUDIENCE, ISSUER, Issuer } from './issuer.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const folder = tempFolder();

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const policyFor = (role: string) =>
  `{version: 1, grants: [{role: ${role}, names: ["*"], to: [authenticated]}]}`;

/** A gate whose files are looked at whenever the test says so, each of them once. */
async function opened(settings: AuthSettings, files: number) {
  let sleepers: (() => void)[] = [];
  let allAsleep = Promise.withResolvers<void>();
  const sleep = () =>
    new Promise<void>((resolve) => {
      sleepers.push(resolve);
      if (sleepers.length === files) allAsleep.resolve();
    });
  const stop = new AbortController();
  const clocks = { nowMs: () => NOW, monotonic: () => 0 };
  const parts: AuthParts = { log: silentLog, ...clocks, sleep, signal: stop.signal };
  const gate = await openGate(settings, parts);
  let changes = 0;
  gate.onChange(() => {
    changes += 1;
  });
  const look = async () => {
    const woken = sleepers;
    sleepers = [];
    allAsleep = Promise.withResolvers();
    for (const wake of woken) wake();
    await allAsleep.promise;
    return changes;
  };
  return { gate, look };
}

const by = (gate: Gate, token: string) =>
  gate.identify({ authorization: `Bearer ${token}`, certificate: undefined });

test('of each file what it says now counts, and who watches a caller is told of it', async () => {
  const issuer = await Issuer.create();
  const ci = newToken('ci', Buffer.alloc(TOKEN_BYTES, 1));
  const other = newToken('other', Buffer.alloc(TOKEN_BYTES, 2));
  const { gate, look } = await opened(
    {
      policy: put('policy', policyFor('reader')),
      tokens: put('tokens', ci.line),
      oidc: { issuer: ISSUER, audience: AUDIENCE, jwks: put('keys', issuer.jwks) },
    },
    3,
  );
  const jwt = await issuer.sign(NOW);
  const identity = await by(gate, jwt);
  expect(gate.accessOf(identity).writes.isAll).toBe(false);
  await by(gate, ci.token);
  expect(await look()).toBe(0);

  put('policy', policyFor('writer'));
  expect(await look()).toBe(1);
  expect(gate.accessOf(identity).writes.isAll).toBe(true);

  put('tokens', other.line);
  expect(await look()).toBe(2);
  await expect(by(gate, ci.token)).rejects.toThrow(BadCredentials);

  // Also what the keys that are gone have vouched for a moment ago.
  put('keys', (await Issuer.create()).jwks);
  expect(await look()).toBe(3);
  await expect(by(gate, jwt)).rejects.toThrow(BadCredentials);
});

test.each([
  ['http://issuer.example/keys', false],
  ['http://127.0.0.1.evil.example/keys', false],
  ['http://127.0.0.1:8080/keys', true],
  ['http://[::1]/keys', true],
  ['https://issuer.example/keys', true],
])('keys are taken from %s: %j', async (jwks, isTaken) => {
  const open = opened({ oidc: { issuer: ISSUER, audience: AUDIENCE, jwks } }, 0);
  if (isTaken) await expect(open).resolves.toBeDefined();
  else await expect(open).rejects.toThrow('must be an https: URL');
});
