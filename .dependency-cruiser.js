/**
 * The direction of dependencies. Each folder may import itself, and what stands in its list; a
 * library only where it is named.
 */
const MAY_IMPORT = {
  store: [],
  manifest: [],
  dataset: [],
  catalog: ['manifest', 'store'],
  rpc: ['catalog', 'manifest'],
  server: ['rpc', 'catalog', 'store'],
  client: [],
  cli: ['client', 'dataset', 'server', 'store', 'catalog'],
};

const LIBRARIES = {
  '@aws-sdk|@smithy': ['store'],
  'hyparquet(-writer)?': ['manifest', 'dataset'],
  '@connectrpc': ['rpc', 'server'],
  '@bufbuild': ['rpc', 'server', 'client', 'cli'],
  '@grpc/grpc-js': ['client'],
  'commander|zod|pino': ['cli'],
};

/** Generated code is the contract: only what speaks it may see it. */
const CONTRACT = ['rpc', 'server', 'client', 'cli'];

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
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
