import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { batchGetManifests } from './batch-get-manifests.ts';
import { type ChainOptions, chained } from './chain.ts';
import { getManifest } from './get-manifest.ts';
import { listManifests } from './list-manifests.ts';
import { listObjects } from './list-objects.ts';
import { registerManifest } from './register-manifest.ts';

/** The methods of CatalogService, each with the chain round it. */
export function catalogMethods(options: ChainOptions) {
  const { method } = CatalogService;
  return {
    registerManifest: chained(method.registerManifest, registerManifest, options),
    getManifest: chained(method.getManifest, getManifest, options),
    batchGetManifests: chained(method.batchGetManifests, batchGetManifests, options),
    listManifests: chained(method.listManifests, listManifests, options),
    listObjects: chained(method.listObjects, listObjects, options),
  };
}

/** What {@link catalogMethods} makes: every protocol's calls go through the same of these. */
export type CatalogMethods = ReturnType<typeof catalogMethods>;
