import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { Gate } from '../../src/auth/gate.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { RULED, ruleOf } from '../../src/rpc/rules.ts';
import { healthRoutes } from '../../src/server/health.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { startServer } from '../../src/server/server.ts';
import { silentLog } from '../support/catalog.ts';
import { bearer, call, root, SERVICES, startGuarded, transportsFor } from './guarded.ts';

const METHODS = SERVICES.flatMap(({ methods }) => methods);
const names = METHODS.map(({ parent, name }) => `${parent.typeName}/${name}`);

test('every method has a rule', () => {
  for (const name of names) expect(() => ruleOf(name)).not.toThrow();
  expect(RULED.filter((each) => !each.includes(' ')).sort()).toEqual([...names].sort());
});

test('every resource of plain HTTP has a rule', () => {
  const { paths } = parse(readFileSync('openapi.yaml', 'utf8')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    ['get', 'put', 'post', 'delete', 'patch']
      .filter((method) => method in operations)
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.length).toBeGreaterThan(8);
  for (const each of described) expect(RULED).toContain(each);
});

test('these are all the services that are served', async () => {
  const { running } = await startGuarded();
  const reflection = SERVICES[2]?.methods[0];
  if (reflection === undefined) throw new Error('there is no reflection');
  const [[, transport] = []] = transportsFor(reflection, running.port);
  if (transport === undefined) throw new Error('there is no transport');
  const { answer } = await call(transport, reflection, bearer(root.token));
  expect(answer).toMatchObject({
    messageResponse: { value: { service: SERVICES.map(({ typeName: name }) => ({ name })) } },
  });
  await running.stop();
});

test('a method without a rule is not served at all', async () => {
  expect(() => ruleOf('catalogd.v1.CatalogService/DropEverything')).toThrow('there is no rule');
  expect(() => ruleOf('constructor')).toThrow('there is no rule');
  const readiness = new Readiness();
  const rules = (what: string) => ruleOf(what.replace('/List', '/Unruled'));
  const starting = startServer({
    host: '127.0.0.1',
    port: 0,
    routes: healthRoutes(readiness, []),
    admission: new Admission(Gate.open, silentLog, () => 0, {}, rules),
    readiness,
    log: silentLog,
  });
  await expect(starting).rejects.toThrow('no rule for who may call grpc.health.v1.Health/Unruled');
});
