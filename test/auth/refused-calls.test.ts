import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { catalogRpcOf, RULED } from '../../src/rpc/rules.ts';
import {
  bearer,
  call,
  type Guarded,
  request,
  root,
  startGuarded,
  transportsFor,
} from './guarded.ts';

let guarded: Guarded;
beforeAll(async () => {
  guarded = await startGuarded();
});
afterAll(() => guarded.running.stop());

/** How many calls of a method have ended as refused, and how many are under way. */
async function counted(method: string) {
  const { port } = guarded.running;
  const { body } = await request(port, 'GET', '/metrics', [
    'authorization',
    bearer(root.token).authorization ?? '',
  ]);
  const rpc = `method="catalogd.v1.CatalogService/${method}"`;
  const of = (line: string) =>
    Number(
      body
        .split('\n')
        .find((each) => each.startsWith(`${line} `))
        ?.slice(line.length) ?? 0,
    );
  return {
    refused: of(`catalogd_calls_total{${rpc},code="Unauthenticated",reason="UNAUTHENTICATED"}`),
    inFlight: of(`catalogd_calls_in_flight{${rpc}}`),
  };
}

it.each(['getManifest', 'registerManifest', 'watchManifests'] as const)(
  'a refused call of %s counts once, whatever its protocol',
  async (localName) => {
    const method = CatalogService.method[localName];
    const transports = transportsFor(method, guarded.running.port);
    for (const [i, [protocol, transport]] of transports.entries()) {
      expect((await call(transport, method, bearer('nonsense'))).code).toBe('Unauthenticated');
      expect({ protocol, ...(await counted(method.name)) }).toEqual({
        protocol,
        refused: i + 1,
        inFlight: 0,
      });
    }
  },
);

it('a refused request over plain HTTP counts as the RPC that it stands for', async () => {
  const resources = RULED.filter((what) => / \/v1\//.test(what));
  for (const what of resources) {
    const [verb = '', path = ''] = what.split(' ');
    const method = catalogRpcOf(what)?.split('/')[1] ?? '';
    const { refused } = await counted(method);
    const answer = await request(guarded.running.port, verb, path.replace('{name}', 'mine/a'));
    expect(answer.status).toBe(401);
    expect({ what, ...(await counted(method)) }).toEqual({
      what,
      refused: refused + 1,
      inFlight: 0,
    });
  }
});
