import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import {
  GetManifestRequestSchema,
  RegisterManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Change } from '../../src/catalog/call.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { catalogMethods } from '../../src/rpc/catalog-service.ts';
import type { ChainOptions } from '../../src/rpc/chain.ts';
import { accessLog } from '../../src/server/logging/access-log.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry } from '../support/catalog.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';
import { incomingCall } from '../support/incoming-call.ts';

type Line = Record<string, unknown>;

async function service(options: Partial<ChainOptions> & { readonly share?: number } = {}) {
  const lines: Line[] = [];
  const line = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, ...fields });
  const log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  const store = new FaultyStore(createMemoryStore());
  const registry = await openRegistry({ store, log } satisfies Partial<RegistryOptions>);
  let ids = 0;
  let ms = 0;
  const methods = catalogMethods({
    registry,
    admission: Admission.open,
    log,
    defaultTimeoutMs: 1_000,
    observe: () => {},
    access: accessLog(log, options.share ?? 0, () => 0.5),
    newCallId: () => `call-${++ids}`,
    monotonic: () => {
      ms += 1.5;
      return ms;
    },
    ...options,
  });
  const register = async (fields: object, given: Record<string, string> = {}) => {
    const { call, headers } = incomingCall({ header: (name) => given[name] });
    const request = create(RegisterManifestRequestSchema, fields);
    await methods.registerManifest(request, call).catch(() => {});
    return headers.get('x-request-id');
  };
  const get = async (name: string, given: Record<string, string> = {}) => {
    const { call, headers } = incomingCall({ header: (name) => given[name] });
    await methods.getManifest(create(GetManifestRequestSchema, { name }), call).catch(() => {});
    return headers.get('x-request-id');
  };
  return { lines, store, register, get };
}

const VALID = { name: 'a', schemaFingerprint: 'fp' };

describe('the log of calls', () => {
  it('says nothing of calls that went well, and makes no id for them', async () => {
    const { lines, register, get } = await service();
    await register(VALID);
    expect(await get('a')).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it('says everything of a call, if it is asked to', async () => {
    const { lines, register } = await service({ share: 1 });
    expect(await register(VALID)).toBe('call-1');
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'call',
        callId: 'call-1',
        rpc: 'catalogd.v1.CatalogService/RegisterManifest',
        code: 'OK',
        ms: 1.5,
        protocol: 'grpc',
        peer: '127.0.0.1',
        caller: 'anonymous',
      },
    ]);
  });

  it('takes a sample', async () => {
    const half = await service({ share: 0.4 });
    await half.get('a');
    expect(half.lines.filter(({ level }) => level === 'info')).toEqual([]);
    const more = await service({ share: 0.6 });
    await more.get('a');
    expect(more.lines.filter(({ level }) => level === 'info')).toHaveLength(1);
  });

  it('leaves the caller its refusals, and warns of what is the fault of the service', async () => {
    const { lines, store, register } = await service();
    await register({ name: '' });
    store.putFaults = [failBefore(new StoreUnavailableError('ECONNREFUSED'))];
    expect(await register(VALID)).toBe('call-2');
    expect(lines.map(({ level, code, reason }) => ({ level, code, reason }))).toEqual([
      { level: 'debug', code: 'InvalidArgument', reason: 'EMPTY_NAME' },
      { level: 'warn', code: 'Unavailable', reason: 'STORE_UNAVAILABLE' },
    ]);
    expect(lines[1]).toHaveProperty(['err', 'cause', 'message'], 'ECONNREFUSED');
  });

  it("takes the caller's id, if it is sane, and says it back", async () => {
    const { lines, get } = await service({ share: 1 });
    expect(await get('a', { 'x-request-id': 'edge-17/4' })).toBe('edge-17/4');
    expect(await get('a', { 'x-request-id': 'two words' })).toBe('call-1');
    expect(await get('a', { 'x-request-id': '\u001b[31m' })).toBe('call-2');
    expect(await get('a', { 'x-request-id': 'x'.repeat(129) })).toBe('call-3');
    expect(lines.map(({ callId }) => callId)).toEqual(['edge-17/4', 'call-1', 'call-2', 'call-3']);
  });

  it('tells of a change with the call that made it', async () => {
    const changes: string[] = [];
    const { register } = await service({
      onChange: async ({ method, toVersion }: Change, call) => {
        changes.push(`${call.id} ${method} ${toVersion} from ${call.incoming.peer.address}`);
      },
    });
    await register(VALID);
    expect(changes).toEqual(['call-1 RegisterManifest 1 from 127.0.0.1']);
  });
});
