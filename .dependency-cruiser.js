/**
 * The direction of dependencies. Each folder may import itself, and what stands in its list; a
 * library only where it is named.
 */
const MAY_IMPORT = {
  http: [],
  json: [],
  s3: [],
  store: ['s3'],
  manifest: [],
  schema: [],
  dataset: ['s3', 'schema'],
  catalog: ['manifest', 'store', 'schema'],
  maintenance: ['manifest', 'schema', 'store', 's3', 'catalog'],
  auth: ['catalog'],
  rpc: ['auth', 'catalog', 'manifest', 'schema'],
  facade: ['http', 'json', 'rpc', 'catalog'],
  server: ['auth', 'http', 'facade', 'rpc', 'catalog', 'store'],
  client: [],
  config: ['client'],
  cli: [
    ...['json', 'client', 'dataset', 'server', 'store', 'catalog', 'maintenance', 's3'],
    ...['auth', 'rpc', 'schema', 'config'],
  ],
};

const LIBRARIES = {
  '@aws-sdk|@smithy': ['s3', 'store'],
  'hyparquet(-writer)?': ['manifest', 'dataset'],
  '@connectrpc': ['rpc', 'facade', 'server'],
  '@bufbuild': ['json', 'rpc', 'facade', 'server', 'client', 'cli'],
  '@grpc/grpc-js': ['client'],
  'commander|pino': ['cli'],
  jose: ['auth'],
  'zod|yaml': ['auth', 'config'],
  'prom-client': ['server'],
  '@opentelemetry': ['server/tracing'],
};

/** Generated code is the contract: only what speaks it may see it. */
const CONTRACT = ['rpc', 'facade', 'server', 'client', 'cli'];

const outside = (folders) => `^src/(?!(${folders.join('|')})/)`;

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(MAY_IMPORT).map(([folder, others]) => ({
      name: `${folder}-imports-only-${others.join('-') || 'itself'}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
    })),
    ...Object.entries(LIBRARIES).map(([library, folders]) => ({
      name: `only-${folders.join('-')}-uses-${library}`,
      severity: 'error',
      from: { path: outside(folders) },
      to: { path: `node_modules/(${library})(/|$)` },
    })),
    {
      name: 'only-transports-see-the-contract',
      severity: 'error',
      from: { path: outside(CONTRACT) },
      to: { path: '^gen/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
