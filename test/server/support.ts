import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { type DescMethod, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { PEER } from '../../src/rpc/connect-routes.ts';
import type { Peer } from '../../src/rpc/incoming-call.ts';
import { healthRoutes } from '../../src/server/health.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import type { ListenTls } from '../../src/server/listener.ts';
import type { Log } from '../../src/server/log.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { reflectionRoutes } from '../../src/server/reflection.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';

/** A call that the test decides when to answer. */
export class Gate {
  readonly #entered = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();

  /** Resolves when a handler waits at the gate. */
  get entered(): Promise<void> {
    return this.#entered.promise;
  }

  open(): void {
    this.#opened.resolve();
  }

  async pass(): Promise<void> {
    this.#entered.resolve();
    await this.#opened.promise;
  }
}

/** What ListObjects fails with. */
export const PUNCTUATION = 'a; b/c: "d", 100% (é, 🗂) ? & = + $ # @ ! ~';

/** A server with a catalog of a few lines: it answers a name with itself. */
export interface TestServer extends RunningServer {
  readonly url: string;
  readonly readiness: Readiness;
  /** RegisterManifest waits here, whatever its signal says. */
  readonly gate: Gate;
  /** One line per log entry: the level and the message. */
  readonly logged: string[];
  /** Who has called GetManifest. */
  readonly peers: Peer[];
}

export async function startTestServer(
  limits: Partial<ServerLimits> = {},
  tls?: ListenTls,
): Promise<TestServer> {
  const readiness = new Readiness();
  readiness.set('ready');
  const gate = new Gate();
  const logged: string[] = [];
  const peers: Peer[] = [];
  const line = (level: string) => (_: unknown, message: string) =>
    logged.push(`${level} ${message}`);
  const log: Log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  const server = await startServer({
    admission: Admission.open,
    host: '127.0.0.1',
    port: 0,
    tls,
    readiness,
    limits,
    log,
    routes: (router) => catalogRoutes(router, { readiness, gate, peers }),
  });
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`;
  return { ...server, url, readiness, gate, logged, peers };
}

function catalogRoutes(
  router: ConnectRouter,
  { readiness, gate, peers }: Pick<TestServer, 'readiness' | 'gate' | 'peers'>,
): void {
  router.service(CatalogService, {
    getManifest({ name }, { values }) {
      peers.push(values.get(PEER));
      return { manifest: { name, version: 2n ** 53n + 1n } };
    },
    async registerManifest({ name }) {
      await gate.pass();
      return { manifest: { name } };
    },
    listObjects() {
      throw new ConnectError(PUNCTUATION, Code.NotFound);
    },
    // Waits for its signal only, and says why it was aborted.
    listManifests: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  healthRoutes(readiness, [CatalogService.typeName])(router);
  reflectionRoutes([CatalogService, Health])(router);
}

/** A grpc-js client which calls methods by their generated descriptors. */
export class GrpcClient {
  readonly raw: Client;

  constructor(port: number, channelCredentials = credentials.createInsecure()) {
    this.raw = new Client(`127.0.0.1:${port}`, channelCredentials);
  }

  unary<M extends DescMethod>(method: M, request: MessageShape<M['input']>) {
    return new Promise<MessageShape<M['output']>>((resolve, reject) => {
      this.raw.makeUnaryRequest(
        pathOf(method),
        encoder(method),
        decoder(method),
        request,
        (err: ServiceError | null, value) => {
          if (err !== null || value === undefined) reject(err);
          else resolve(value);
        },
      );
    });
  }

  serverStream<M extends DescMethod>(method: M, request: MessageShape<M['input']>) {
    return this.raw.makeServerStreamRequest(
      pathOf(method),
      encoder(method),
      decoder(method),
      request,
    );
  }

  bidi<M extends DescMethod>(method: M) {
    return this.raw.makeBidiStreamRequest(pathOf(method), encoder(method), decoder(method));
  }

  close(): void {
    this.raw.close();
  }
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function encoder<M extends DescMethod>(method: M) {
  return (message: MessageShape<M['input']>) => Buffer.from(toBinary(method.input, message));
}

function decoder<M extends DescMethod>(method: M) {
  return (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<M['output']>;
}

/** A TCP connection that does only what the test tells it to, and never fails a test by itself. */
export async function rawConnect(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** What the peer sends until it ends or cuts the connection. */
export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', resolve);
    // Ended or cut before anybody looked.
    if (socket.destroyed || socket.readableEnded) resolve();
  });
  await ended;
  socket.destroy();
  return text;
}

/** Waits for the time to pass; for raw clients whose slowness is the subject. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
