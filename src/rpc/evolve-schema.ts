import type {
  EvolveSchemaRequestSchema,
  EvolveSchemaResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { SchemaCompatibility } from '../../gen/catalogd/v1/schema_pb.ts';
import type { Compatibility } from '../catalog/call.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import type { SchemaChange } from '../schema/compatibility.ts';
import type { Handler } from './context.ts';
import { dataObject } from './data-object.ts';
import { schemaText } from './schema-message.ts';
import { shownManifest } from './view.ts';

/** Changes shown in one answer, and characters of each: what they take together has a bound. */
const MAX_CHANGES = 1_000;
const MAX_CHARACTERS = 500;

/** Handles CatalogService.EvolveSchema. */
export const evolveSchema: Handler<
  typeof EvolveSchemaRequestSchema,
  typeof EvolveSchemaResponseSchema
> = async (registry, request, { caller }) => {
  const { name, fromFingerprint, toFingerprint, rowCount } = request;
  const { expectedEtag, requestId, validateOnly } = request;
  const { entry, replayed, version, changes } = await registry.evolve(
    {
      name,
      fromFingerprint,
      toFingerprint,
      schema: request.schema && schemaText(request.schema),
      objects: request.objects.map(dataObject),
      rowCount,
      compatibility: compatibilityOf(request.compatibility),
      expectedEtag,
      requestId,
      validateOnly,
    },
    caller,
  );
  return {
    ...shownManifest(entry, 'full'),
    replayed,
    version,
    compatibilityChecked: changes !== undefined,
    changes: changes?.slice(0, MAX_CHANGES).map(shownChange) ?? [],
  };
};

function shownChange(change: SchemaChange) {
  return { ...change, path: cut(change.path), description: cut(change.description) };
}

function cut(text: string): string {
  return text.length <= MAX_CHARACTERS
    ? text
    : `${text.slice(0, MAX_CHARACTERS).toWellFormed()}...`;
}

function compatibilityOf(compatibility: SchemaCompatibility): Compatibility {
  switch (compatibility) {
    case SchemaCompatibility.UNSPECIFIED:
    case SchemaCompatibility.NONE:
      return 'none';
    case SchemaCompatibility.BACKWARD:
      return 'backward';
    case SchemaCompatibility.FORWARD:
      return 'forward';
    case SchemaCompatibility.FULL:
      return 'full';
    default: {
      const description = `must be NONE (1), BACKWARD (2), FORWARD (3) or FULL (4), not ${compatibility}`;
      throw new ErrInvalidArgument([{ field: 'compatibility', description }]);
    }
  }
}
