import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Manifest, ManifestView } from '../gen/catalogd/v1/catalog_pb.ts';
import {
  ListManifestsRequestSchema,
  ListManifestsResponseSchema,
} from '../gen/catalogd/v1/catalog_service_pb.ts';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { loadInTurns, type Shape, shapeName } from './support/checked-load.ts';
import {
  type Exchange,
  pathOf,
  pinned,
  registerDatasets,
  startCatalogd,
} from './support/datasets.ts';
import { fixedAnswer } from './support/fixed-answer.ts';
import { openCaller } from './support/grpc-caller.ts';

const PAGE = 1_000;
const SHAPES: readonly Shape[] = [
  { connections: 1, streams: 1 },
  { connections: 1, streams: 8 },
];

export const bench: Bench = {
  name: 'list',
  measures: `ListManifests over gRPC, pages of ${PAGE} manifests with 8 objects each, by view and connections x calls in flight: CPU of the whole process tree per call.`,
  baseline: 'a bare node http2 server that sends the same bytes.',
  run,
};

async function run(context: BenchContext): Promise<Row[]> {
  context.progress('registering');
  const server = await startCatalogd('memory:');
  // One more than a page holds, so that every page has a token to the next one.
  const manifests = await registerDatasets(server.address, PAGE + 1);
  const path = pathOf('listManifests');
  const rows: Row[] = [];
  for (const [view, shown] of [
    ['FULL', manifests],
    ['BASIC', manifests.map(basic)],
  ] as const) {
    const exchange = await listExchange(server.address, ManifestView[view], shown);
    const catalogd = { ...server, path, exchanges: [exchange] };
    const bare = await fixedAnswer(context.scratch, 'bare-http2.ts', path, exchange);
    const size = `${(exchange.answer.length / 1e6).toFixed(2)} MB`;
    for (const shape of SHAPES) {
      context.progress(`${view} ${shapeName(shape)}`);
      const some = { warmUp: 100, quick: 8 };
      const figures = await loadInTurns(context, { catalogd, bare }, shape, some);
      rows.push(
        row({
          ...{ case: `${view}, ${size}, ${shapeName(shape)}`, unit: 'CPU, us per call' },
          ...{ value: figures.catalogd.cpuUs, against: 'bare node http2' },
          ...{ baseline: figures.bare.cpuUs, atMost: 2.2 },
        }),
      );
    }
  }
  return rows;
}

/** What a manifest shows in the view BASIC. */
function basic(manifest: Manifest): Manifest {
  return { ...manifest, objects: [], objectsOmitted: true };
}

/** A List of the first page. Its page token is taken as it is, and has to lead to the last manifest. */
async function listExchange(
  address: string,
  view: ManifestView,
  manifests: readonly Manifest[],
): Promise<Exchange> {
  const caller = await openCaller(address);
  const page = (pageToken: string, shown: readonly Manifest[], nextPageToken: string) =>
    pinned(
      caller,
      pathOf('listManifests'),
      listRequest(view, pageToken),
      ListManifestsResponseSchema,
      create(ListManifestsResponseSchema, { manifests: [...shown], nextPageToken }),
    );
  try {
    const first = await caller.call(pathOf('listManifests'), listRequest(view, ''));
    const { nextPageToken } = fromBinary(ListManifestsResponseSchema, first);
    await page(nextPageToken, manifests.slice(PAGE), '');
    return await page('', manifests.slice(0, PAGE), nextPageToken);
  } finally {
    caller.close();
  }
}

function listRequest(view: ManifestView, pageToken: string): Uint8Array {
  const request = create(ListManifestsRequestSchema, { pageSize: PAGE, view, pageToken });
  return toBinary(ListManifestsRequestSchema, request);
}
