import {
  type EvolveSchemaRequestSchema,
  EvolveSchemaResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { SchemaCompatibility } from '../../gen/catalogd/v1/schema_pb.ts';
import type { Compatibility } from '../catalog/call.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_ANSWER_BYTES } from '../catalog/limits.ts';
import { cutToBytes } from '../catalog/text.ts';
import { checkNamed } from '../catalog/validate.ts';
import type { SchemaChange } from '../schema/compatibility.ts';
import { Answer } from './answer.ts';
import type { Handler } from './context.ts';
import { dataObject } from './data-object.ts';
import { schemaText } from './schema-message.ts';
import { shownManifest } from './view.ts';

/** Changes shown in one answer, and bytes of each of their two texts. */
const MAX_CHANGES = 1_000;
const MAX_TEXT_BYTES = 400;
/** What is left for the manifest, beside the changes. */
const MAX_MANIFEST_BYTES = MAX_ANSWER_BYTES - MAX_CHANGES * (2 * MAX_TEXT_BYTES + 32);

const MANIFEST = EvolveSchemaResponseSchema.field.manifest;

/** Handles CatalogService.EvolveSchema. */
export const evolveSchema: Handler<
  typeof EvolveSchemaRequestSchema,
  typeof EvolveSchemaResponseSchema
> = async (registry, request, { caller }) => {
  const { name, fromFingerprint, toFingerprint, rowCount } = request;
  const { expectedEtag, requestId, validateOnly } = request;
  // Before the schema is looked at.
  checkNamed(name, 'from_fingerprint', fromFingerprint);
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
  const shown = shownChanges(changes ?? []);
  const tooLarge = entry !== undefined && entry.full.length > MAX_MANIFEST_BYTES;
  return new Answer(
    EvolveSchemaResponseSchema,
    { replayed, version, compatibilityChecked: changes !== undefined, changes: shown },
    { field: MANIFEST, values: shownManifest(entry, tooLarge ? 'basic' : 'full') },
  );
};

function shownChanges(changes: readonly SchemaChange[]) {
  return changes.slice(0, MAX_CHANGES).map((change) => ({
    ...change,
    path: cut(change.path),
    description: cut(change.description),
  }));
}

function cut(text: string): string {
  const shown = cutToBytes(text, MAX_TEXT_BYTES - 3);
  return shown === text ? text : `${shown}...`;
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
