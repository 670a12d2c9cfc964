import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import {
  DataObjectSchema,
  FormerFingerprintSchema,
  LabelsSchema,
  ManifestSchema,
} from '../../gen/catalogd/v1/catalog_pb.ts';
import * as service from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  FieldRepetitionSchema,
  LogicalTypeKindSchema,
  LogicalTypeSchema,
  PhysicalTypeSchema,
  SchemaChangeSchema,
  SchemaCompatibilitySchema,
  SchemaFieldSchema,
  SchemaSchema,
} from '../../gen/catalogd/v1/schema_pb.ts';
import { DEFAULT_LIMITS } from '../../src/server/limits.ts';
import { DOCUMENT, type Node, problemsOf, resolved } from './openapi.ts';

const { schemas, examples } = DOCUMENT.components;
const ANSWERS = [
  ManifestSchema,
  DataObjectSchema,
  FormerFingerprintSchema,
  SchemaSchema,
  SchemaFieldSchema,
  SchemaChangeSchema,
  service.RegisterManifestResponseSchema,
  service.EvolveSchemaResponseSchema,
  service.UpdateObjectsResponseSchema,
  service.DeleteManifestResponseSchema,
  service.UndeleteManifestResponseSchema,
  service.PurgeManifestResponseSchema,
  service.GetManifestResponseSchema,
  service.ListManifestsResponseSchema,
  service.ListObjectsResponseSchema,
];
/** Requests that have a body. */
const REQUESTS = [
  service.RegisterManifestRequestSchema,
  service.EvolveSchemaRequestSchema,
  service.UpdateObjectsRequestSchema,
  service.UndeleteManifestRequestSchema,
  service.PurgeManifestRequestSchema,
];
/** Messages that a request may leave more out of than an answer. */
const INPUTS = [DataObjectSchema, SchemaSchema, SchemaFieldSchema];
/** Where a write takes its name from, and what its query may say. */
const IN_URL = ['name', 'allow_missing', 'validate_only'];

/** What the schema of a field has to be. */
function expectedSchema(field: DescField, isInput: boolean): unknown {
  const single = (scalar: ScalarType | undefined, message: DescMessage | undefined) => {
    if (message !== undefined) return messageSchema(message, isInput);
    if (scalar === ScalarType.INT64) return ref(isInput ? 'Int64Input' : 'Int64');
    if (scalar === ScalarType.INT32) return { type: 'integer', format: 'int32' };
    return { type: scalar === ScalarType.BOOL ? 'boolean' : 'string' };
  };
  if (field.enum !== undefined) return ref(field.enum.name);
  if (field.fieldKind === 'list')
    return { type: 'array', items: single(field.scalar, field.message) };
  if (field.fieldKind === 'map') {
    return { type: 'object', additionalProperties: single(field.scalar, field.message) };
  }
  return single(field.scalar, field.message);
}

function messageSchema({ name, typeName }: DescMessage, isInput: boolean) {
  if (typeName === 'google.protobuf.Timestamp') return { type: 'string', format: 'date-time' };
  return ref(isInput && INPUTS.some((each) => each.name === name) ? `${name}Input` : name);
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function compare(properties: Record<string, Node>, fields: readonly DescField[], isInput: boolean) {
  expect(Object.keys(properties)).toEqual(fields.map(({ jsonName }) => jsonName));
  for (const field of fields) {
    expect({ [field.name]: properties[field.jsonName] }).toMatchObject({
      [field.name]: expectedSchema(field, isInput),
    });
  }
}

describe('openapi.yaml', () => {
  it.each(ANSWERS.map((desc) => [desc.name, desc] as const))(
    'has the fields of %s',
    (name, desc) => {
      compare(schemas[name].properties, desc.fields, false);
      // In an answer zero values are shown: absent is only what has presence and is not set.
      const always = desc.fields.filter(
        (field) => field.fieldKind === 'list' || field.fieldKind === 'map' || !hasPresence(field),
      );
      const shown = [...always.map(({ jsonName }) => jsonName), ...ALWAYS_SET];
      const required = desc.fields.map((f) => f.jsonName).filter((each) => shown.includes(each));
      // A write has no manifest to show where the dataset is gone by now, or never was.
      const isWrite = desc.fields.some((field) => field.name === 'replayed');
      const mayLack = (each: string) => isWrite && each === 'manifest';
      expect(schemas[name].required).toEqual(required.filter((each) => !mayLack(each)));
    },
  );

  it.each(REQUESTS.map((desc) => [desc.name, desc] as const))(
    'has the fields of %s, but for the name',
    (name, desc) => {
      const fields = desc.fields.filter((field) => field.name !== 'name');
      compare(schemas[name].properties, fields, true);
    },
  );

  it('has the fields of what requests are made of', () => {
    for (const desc of INPUTS) compare(schemas[`${desc.name}Input`].properties, desc.fields, true);
    compare(schemas.Labels.properties, LabelsSchema.fields, true);
    compare(schemas.LogicalType.properties, LogicalTypeSchema.fields, true);
  });

  it.each([
    // What is unspecified is refused, or no answer has it.
    [FieldRepetitionSchema, 1],
    [LogicalTypeKindSchema, 1],
    [PhysicalTypeSchema, 0],
    [SchemaCompatibilitySchema, 0],
  ])('has the values of %s from %i on', ({ name, values }, from) => {
    expect(schemas[name].enum).toEqual(values.slice(from).map((value) => value.name));
  });

  it.each([
    [
      '/v1/manifests',
      'get',
      [
        ...service.ListManifestsRequestSchema.fields.filter(({ name }) => name !== 'filter'),
        ...service.ManifestFilterSchema.fields,
      ],
    ],
    ['/v1/manifests/{name}', 'get', service.GetManifestRequestSchema.fields],
    ['/v1/objects/{name}', 'get', service.ListObjectsRequestSchema.fields],
    ['/v1/manifests/{name}', 'put', inUrl(service.RegisterManifestRequestSchema)],
    ['/v1/manifests/{name}', 'delete', inUrl(service.DeleteManifestRequestSchema)],
    ['/v1/manifests/{name}:evolve', 'post', inUrl(service.EvolveSchemaRequestSchema)],
    ['/v1/manifests/{name}:updateObjects', 'post', inUrl(service.UpdateObjectsRequestSchema)],
    ['/v1/manifests/{name}:undelete', 'post', inUrl(service.UndeleteManifestRequestSchema)],
    ['/v1/manifests/{name}:purge', 'post', inUrl(service.PurgeManifestRequestSchema)],
  ])('%s %s has the fields of its request as parameters', (path, method, fields) => {
    const item = DOCUMENT.paths[path];
    const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(
      resolved,
    );
    const inUrl = parameters.filter((each) => each.in !== 'header');
    expect(inUrl.map(({ name }) => name).sort()).toEqual(fields.map(({ name }) => name).sort());
    for (const { name, in: place, schema } of inUrl) {
      expect(place).toBe(name === 'name' ? 'path' : 'query');
      const field = fields.find((each) => each.name === name);
      expect(schema.enum).toEqual(field?.enum && enumValues(field));
    }
  });

  it('names every method of the service that it has, and no other', () => {
    const operations = Object.values(DOCUMENT.paths).flatMap((item) =>
      Object.values(item as object).map((each) => each?.operationId),
    );
    const methods = service.CatalogService.methods.map(({ localName }) => localName);
    expect(operations.filter((each) => methods.includes(each)).sort()).toEqual(
      methods.filter((each) => !NOT_HERE.includes(each)).sort(),
    );
  });

  it('states the limits that are in force', () => {
    const mebibytes = DEFAULT_LIMITS.readMaxBytes / 2 ** 20;
    const kibibytes = DEFAULT_LIMITS.maxHeaderBytes / 2 ** 10;
    expect(DOCUMENT.info.description).toContain(`A body is at most ${mebibytes} MiB`);
    expect(DOCUMENT.info.description).toContain(`take at most ${kibibytes} KiB`);
  });

  it('has a problem as the example of each reason', () => {
    const reasons = Object.keys(examples).filter((name) => /^[A-Z]/.test(name));
    expect(reasons.length).toBeGreaterThan(20);
    for (const reason of reasons) {
      const { value } = examples[reason];
      expect(problemsOf('#/components/schemas/Problem', value)).toBeUndefined();
      expect(value).toMatchObject({ reason, type: `/openapi.yaml#/components/examples/${reason}` });
    }
  });

  it('is checked against: an answer beyond it would be noticed', () => {
    const problem = examples.INTERNAL.value;
    const pointer = '#/components/schemas/Problem';
    expect(problemsOf(pointer, { ...problem, more: 1 })).toContain('additional properties');
    expect(problemsOf(pointer, { ...problem, status: '500' })).toContain('status');
  });
});

/** A resource can be read by itself, and HTTP/1.1 is not made for streams that never end. */
const NOT_HERE = ['batchGetManifests', 'watchManifests'];

function inUrl({ fields }: DescMessage): readonly DescField[] {
  return fields.filter(({ name }) => IN_URL.includes(name));
}

/** Messages that every answer has, though they could be absent. */
const ALWAYS_SET = ['manifest', 'createdAt', 'updatedAt', 'replacedAt'];

function hasPresence(field: DescField): boolean {
  return field.fieldKind === 'message' || field.proto.proto3Optional;
}

function enumValues({ enum: desc }: DescField): string[] {
  const { values = [], sharedPrefix = '' } = desc ?? {};
  return values.slice(1).map(({ name }) => name.slice(sharedPrefix.length).toLowerCase());
}
