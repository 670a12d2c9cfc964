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
  const full = (name: string) => `${CatalogService.typeName}/${name}`;
  return {
    registerManifest: chained(full(method.registerManifest.name), registerManifest, options),
    getManifest: chained(full(method.getManifest.name), getManifest, options),
    batchGetManifests: chained(full(method.batchGetManifests.name), batchGetManifests, options),
    listManifests: chained(full(method.listManifests.name), listManifests, options),
    listObjects: chained(full(method.listObjects.name), listObjects, options),
  };
}
