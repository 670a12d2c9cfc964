import { byteSize } from './byte-size.ts';
import { oneOf, onOff } from './choice.ts';
import { count } from './count.ts';
import { duration } from './duration.ts';
import { hostPort } from './host-port.ts';
import type { SettingsTable, Values } from './setting.ts';
import { share } from './share.ts';
import { text } from './text.ts';
import { dataRootUri, keysUrlOrFile, storeUrl } from './url.ts';

/**
 * Every setting of the service, and the only place where one is declared: its names in the file, the
 * environment and as a flag (`namedSettings`), the options and help of the command line, the schema of
 * the file, `catalogd config` and the table in docs/configuration.md follow from here.
 */
export const SETTINGS = {
  store: {
    type: storeUrl,
    default: 'file:./catalogd-data',
    help: 'where the catalog is kept',
  },
  listen: {
    type: hostPort(0),
    default: '127.0.0.1:7070',
    help: 'where to listen; port 0 takes a free one',
  },
  tls: {
    cert: {
      type: text('file'),
      absent: 'plain text',
      help: "the service's certificate chain in PEM: with it and its key the port is for TLS alone",
    },
    key: {
      type: text('file'),
      absent: 'plain text',
      help: 'the key of the certificate in PEM, without a passphrase',
    },
    clientCa: {
      type: text('file'),
      absent: 'clients are not asked for a certificate',
      help: 'authorities in PEM: clients are asked for a certificate of one of them',
    },
    clientAuth: {
      type: oneOf('mode', ['require', 'request']),
      default: 'require',
      help: 'whether a client without a certificate is refused (require) or anonymous (request)',
    },
  },
  tokens: {
    type: text('file'),
    absent: 'there are no static tokens',
    help: 'hashes of bearer tokens, as `catalogd token` prints them; read anew when it changes',
  },
  oidc: {
    issuer: {
      type: text('url'),
      absent: 'no JWT counts',
      help: 'whose JWTs count as bearer tokens: what their iss claim must be',
    },
    audience: {
      type: text('name'),
      absent: 'no JWT counts',
      help: 'what their aud claim must have',
    },
    jwks: {
      type: keysUrlOrFile,
      absent: 'no JWT counts',
      help: "the issuer's public keys: an https: URL or a file",
    },
  },
  policy: {
    type: text('file'),
    absent: 'whoever is let in may do everything',
    help: 'who may do what, in YAML or JSON; read anew when it changes',
  },
  insecure: {
    type: onOff(),
    default: 'false',
    help: 'listen beyond loopback even without TLS and authentication: whoever reaches the port may do anything',
  },
  adminListen: {
    type: hostPort(0),
    absent: 'they are on the port of the service',
    help: 'a port of their own for /healthz, /readyz and /metrics, in plain text',
  },
  adminInsecure: {
    type: onOff(),
    default: 'false',
    help: 'let that port be beyond loopback: whoever reaches it sees probes and metrics',
  },
  dataRoot: {
    type: dataRootUri,
    absent: "the store's root",
    help: 'what object keys that are no URIs are relative to, such as s3://lake/data',
  },
  exclusive: {
    type: onOff(),
    default: 'false',
    help: 'for a store without conditional writes: nobody else may write to it meanwhile',
  },
  quarantine: {
    type: onOff(),
    default: 'false',
    help: 'serve even if some manifests cannot be read: calls on those fail',
  },
  refreshIntervalMs: {
    type: duration(),
    default: '2s',
    help: 'how often to look for what other replicas wrote, at most',
  },
  tombstoneRetentionMs: {
    type: duration({ max: '3650d' }),
    absent: 'until they are purged by a call',
    help: "how long deleted datasets can be undeleted, by the store's clock, such as 30d; then they are purged",
  },
  shutdownDelayMs: {
    type: duration({ min: '0s' }),
    default: '0s',
    help: 'how long to go on serving at the end while telling probes not ready, for load balancers to notice',
  },
  checkpointIntervalMs: {
    type: duration(),
    default: '10m',
    help: 'how often to see whether a new checkpoint is worth writing, so that the next start is fast',
  },
  drainTimeoutMs: {
    type: duration(),
    default: '10s',
    help: 'how long calls in flight may take to finish at the end',
  },
  startTimeoutMs: {
    type: duration(),
    default: '5m',
    help: 'how long to go on trying to load the catalog',
  },
  fastLane: {
    type: onOff(),
    default: 'true',
    help: 'answer plain unary gRPC calls the short way; off, they take the way of all others',
  },
  limits: {
    maxConnections: {
      type: count(1, 1_000_000),
      default: '10000',
      help: 'connections at a time; a further one is closed at once',
    },
    maxConnectionsPerAddress: {
      type: count(1, 1_000_000),
      default: '2000',
      help: 'connections at a time from one IPv4 address, or one IPv6 network of 64 bits',
    },
    maxConcurrentStreams: {
      type: count(1, 10_000),
      default: '256',
      help: 'calls at a time on one HTTP/2 connection',
    },
    maxHeaderBytes: {
      type: byteSize({ min: '4KiB', max: '1MiB' }),
      default: '16KiB',
      help: 'bytes of the headers of one request',
    },
    maxRequestBytes: {
      type: byteSize({ min: '64KiB', max: '256MiB' }),
      default: '32MiB',
      help: 'bytes of one request message, after decompression',
    },
    requestTimeoutMs: {
      type: duration({ min: '10s', max: '1h' }),
      default: '60s',
      help: 'how long a client may take to send a request',
    },
    answerTimeoutMs: {
      type: duration({ min: '1s', max: '1h' }),
      default: '60s',
      help: 'how long a client may take to read an answer, or one message of a stream',
    },
    defaultTimeoutMs: {
      type: duration({ min: '100ms' }),
      default: '60s',
      help: 'the deadline of a unary call that sets none',
    },
    maxTimeoutMs: {
      type: duration({ min: '1s' }),
      default: '24h',
      help: 'the longest deadline that a call may set',
    },
    maxCalls: {
      type: count(1, 1_000_000),
      default: '10000',
      help: 'unary calls served at a time',
    },
    maxWrites: {
      type: count(1, 1_000_000),
      default: '10000',
      help: 'writes under way or waiting at a time',
    },
    maxWritesPerName: {
      type: count(1, 1_000_000),
      default: '2000',
      help: 'writes of one dataset under way or waiting at a time',
    },
    maxPuts: {
      type: count(1, 256),
      default: '192',
      help: 'datasets being written at the store at a time, of its 256 connections; further writes wait',
    },
    maxWritesPerCaller: {
      type: count(1, 1_000_000),
      default: '2000',
      help: 'writes of one caller at a time: who it has proved to be, else its address',
    },
    maxWatchers: {
      type: count(1, 1_000_000),
      default: '1000',
      help: 'streams of changes at a time',
    },
    maxWatchersPerCaller: {
      type: count(1, 1_000_000),
      default: '250',
      help: 'streams of changes to one caller at a time',
    },
  },
  logLevel: {
    type: oneOf('level', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    default: 'info',
    help: 'fatal, error, warn, info, debug, trace or silent; JSON on standard error',
  },
  accessLog: {
    type: share(),
    default: '0',
    help: 'the share of calls that are logged though nobody has to look at them; failures of the service always are',
  },
  auditLog: {
    type: text('file'),
    absent: 'no audit log',
    help: 'where one line of JSON is appended for each change and each denied call; - is the standard output',
  },
  tracing: {
    type: onOff(),
    default: 'false',
    help: 'make OpenTelemetry spans; the OTEL_ variables say where they go (also on with OTEL_TRACES_EXPORTER)',
  },
  unreadyAfterMs: {
    type: duration({ min: '1s' }),
    default: '30s',
    help: 'how long the store may be away, or the index not be refreshed, until /readyz says so',
  },
} as const satisfies SettingsTable;

/** The settings of `catalogd serve`, checked. */
export type ServeSettings = Values<typeof SETTINGS>;
