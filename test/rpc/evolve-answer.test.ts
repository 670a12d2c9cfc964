import { create, toBinary } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { EvolveSchemaResponseSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { FieldRepetition, PhysicalType, SchemaSchema } from '../../gen/catalogd/v1/schema_pb.ts';
import { openRegistry } from '../support/catalog.ts';
import { clientOf, serve } from '../support/service.ts';

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

it('the answer of a large evolve fits into one message', async () => {
  const server = await serve(await openRegistry());
  try {
    const client = clientOf('gRPC', server);
    const columns = (letter: string) =>
      create(SchemaSchema, {
        fields: Array.from({ length: 900 }, (_, i) => ({
          name: `${letter}${i}`.padEnd(330, '名'),
          repetition: FieldRepetition.OPTIONAL,
          physicalType: PhysicalType.INT64,
        })),
      });
    const objects = Array.from({ length: 3_000 }, (_, i) => ({
      key: String(i).padEnd(1_000, '-'),
      sizeBytes: 1n,
    }));
    const name = 'large';
    await client.registerManifest({ name, schemaFingerprint: 'a', objects, schema: columns('a') });
    const answer = await client.evolveSchema({
      name,
      fromFingerprint: 'a',
      toFingerprint: 'b',
      objects,
      schema: columns('b'),
    });
    expect(answer.changes).toHaveLength(1_000);
    expect(answer.manifest?.objectsOmitted).toBe(true);
    expect(toBinary(EvolveSchemaResponseSchema, answer).length).toBeLessThan(MAX_MESSAGE_BYTES);
  } finally {
    await server.drain(100);
  }
});
