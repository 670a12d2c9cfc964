import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type ChildServer, firstLine } from './child-server.ts';

/** The methods of etcd's KV service (etcdserverpb) that the benchmarks call. */
export const ETCD = { range: '/etcdserverpb.KV/Range', put: '/etcdserverpb.KV/Put' } as const;

/** Starts an etcd of one member, which syncs to the disk below `folder`. The runner ends it. */
export async function startEtcd(folder: string): Promise<ChildServer> {
  const [client, peer] = await freePorts();
  const urls = { client: `http://127.0.0.1:${client}`, peer: `http://127.0.0.1:${peer}` };
  const args = {
    name: 'bench',
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': urls.client,
    'advertise-client-urls': urls.client,
    'listen-peer-urls': urls.peer,
    'initial-advertise-peer-urls': urls.peer,
    'initial-cluster': `bench=${urls.peer}`,
  };
  const flags = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
  const { pid } = await firstLine('etcd', flags, (line) =>
    /serving (insecure )?client/.test(line) ? line : undefined,
  );
  return { pid, address: `127.0.0.1:${client}` };
}

/** A RangeRequest for one key, serializable: from this member, without asking the others. */
export function rangeRequest(key: string): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(key)
    .tag(7, WireType.Varint)
    .bool(true)
    .finish();
}

/** A PutRequest. */
export function putRequest(key: string, value: Uint8Array): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(key)
    .tag(2, WireType.LengthDelimited)
    .bytes(value)
    .finish();
}

/** Two ports that nobody listens on at this moment. */
async function freePorts(): Promise<[number, number]> {
  const port = async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const servers = [await port(), await port()] as const;
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports as [number, number];
}
