import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ManifestRemovedSchema,
  WatchHeartbeatSchema,
  type WatchManifestsRequestSchema,
  type WatchManifestsResponseSchema,
  WatchResetSchema,
  WatchSyncedSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { WatchEvent } from '../catalog/watch/watch-event.ts';
import type { StreamHandler } from './context.ts';
import { manifestMessage } from './view.ts';

/** Handles CatalogService.WatchManifests. */
export const watchManifests: StreamHandler<
  typeof WatchManifestsRequestSchema,
  typeof WatchManifestsResponseSchema
> = async function* (registry, { prefix, resumeToken }, { caller }) {
  for await (const event of registry.watch(prefix, resumeToken, caller)) {
    yield { event: eventMessage(event), resumeToken: event.resumeToken };
  }
};

type EventMessage = NonNullable<MessageInitShape<typeof WatchManifestsResponseSchema>['event']>;

function eventMessage(event: WatchEvent): EventMessage {
  switch (event.kind) {
    case 'put':
      return { case: 'put', value: manifestMessage(event.entry.basic) };
    case 'removed': {
      const { name, version } = event;
      return { case: 'removed', value: create(ManifestRemovedSchema, { name, version }) };
    }
    case 'synced': {
      const unreadableNames = [...event.unreadable];
      return { case: 'synced', value: create(WatchSyncedSchema, { unreadableNames }) };
    }
    case 'reset':
      return { case: 'reset', value: create(WatchResetSchema) };
    case 'heartbeat': {
      const indexAgeMs = BigInt(Math.ceil(event.indexAgeMs));
      return { case: 'heartbeat', value: create(WatchHeartbeatSchema, { indexAgeMs }) };
    }
  }
}
