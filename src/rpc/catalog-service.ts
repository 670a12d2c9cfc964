import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { batchGetManifests } from './batch-get-manifests.ts';
import { type ChainOptions, chained } from './chain.ts';
import { chainedStream } from './chain-stream.ts';
import { deleteManifest } from './delete-manifest.ts';
import { evolveSchema } from './evolve-schema.ts';
import { getManifest } from './get-manifest.ts';
import { listManifests } from './list-manifests.ts';
import { listObjects } from './list-objects.ts';
import { purgeManifest } from './purge-manifest.ts';
import { registerManifest } from './register-manifest.ts';
import { undeleteManifest } from './undelete-manifest.ts';
import { updateObjects } from './update-objects.ts';
import { watchManifests } from './watch-manifests.ts';

/** The methods of CatalogService, each with the chain round it. */
export function catalogMethods(options: ChainOptions) {
  const { method } = CatalogService;
  return {
    registerManifest: chained(method.registerManifest, registerManifest, options),
    evolveSchema: chained(method.evolveSchema, evolveSchema, options),
    updateObjects: chained(method.updateObjects, updateObjects, options),
    deleteManifest: chained(method.deleteManifest, deleteManifest, options),
    undeleteManifest: chained(method.undeleteManifest, undeleteManifest, options),
    purgeManifest: chained(method.purgeManifest, purgeManifest, options),
    watchManifests: chainedStream(method.watchManifests, watchManifests, options),
    getManifest: chained(method.getManifest, getManifest, options),
    batchGetManifests: chained(method.batchGetManifests, batchGetManifests, options),
    listManifests: chained(method.listManifests, listManifests, options),
    listObjects: chained(method.listObjects, listObjects, options),
  };
}

/** What {@link catalogMethods} makes: every protocol's calls go through the same of these. */
export type CatalogMethods = ReturnType<typeof catalogMethods>;
