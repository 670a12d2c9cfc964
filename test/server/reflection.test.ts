import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as v1 from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import * as v1alpha from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { GrpcClient, startTestServer, type TestServer } from './support.ts';

let server: TestServer;
let client: GrpcClient;
beforeAll(async () => {
  server = await startTestServer();
  client = new GrpcClient(server.port);
});
afterAll(async () => {
  client.close();
  await server.drain(1_000);
});

type Request = v1.ServerReflectionRequest['messageRequest'];

/** Sends requests on one stream and returns the answers to all of them. */
async function reflect(version: typeof v1 | typeof v1alpha, ...requests: Request[]) {
  const method = version.ServerReflection.method
    .serverReflectionInfo as typeof v1.ServerReflection.method.serverReflectionInfo;
  const schema = version.ServerReflectionRequestSchema as typeof v1.ServerReflectionRequestSchema;
  const call = client.bidi(method);
  for (const messageRequest of requests) {
    call.write(create(schema, { host: 'h', messageRequest }));
  }
  call.end();
  const answers: v1.ServerReflectionResponse[] = [];
  for await (const answer of call) answers.push(answer);
  return answers;
}

const EXTENSION = create(v1.ExtensionRequestSchema, {
  containingType: 'catalogd.v1.Manifest',
  extensionNumber: 1000,
});
const UNKNOWN: Request[] = [
  { case: 'fileByFilename', value: 'nope.proto' },
  { case: 'fileByFilename', value: '' },
  { case: 'fileByFilename', value: '../../etc/passwd' },
  { case: 'fileContainingSymbol', value: 'nope.Nope' },
  { case: 'fileContainingSymbol', value: '__proto__' },
  { case: 'fileContainingSymbol', value: '' },
  { case: 'fileContainingSymbol', value: '\u0000'.repeat(100_000) },
  { case: 'fileContainingExtension', value: EXTENSION },
  { case: 'allExtensionNumbersOfType', value: 'nope.Nope' },
];
const SYMBOLS = [
  ['catalogd.v1.CatalogService', 'catalogd/v1/catalog_service.proto'],
  ['catalogd.v1.CatalogService.GetManifest', 'catalogd/v1/catalog_service.proto'],
  ['catalogd.v1.Manifest', 'catalogd/v1/catalog.proto'],
  ['catalogd.v1.Manifest.created_at', 'catalogd/v1/catalog.proto'],
  ['catalogd.v1.ManifestView', 'catalogd/v1/catalog.proto'],
  ['catalogd.v1.MANIFEST_VIEW_FULL', 'catalogd/v1/catalog.proto'],
  ['grpc.health.v1.HealthCheckResponse.ServingStatus', 'health/v1/health.proto'],
  ['google.rpc.ErrorInfo', 'google/rpc/error_details.proto'],
  ['google.rpc.BadRequest.FieldViolation', 'google/rpc/error_details.proto'],
  ['google.rpc.Status', 'google/rpc/status.proto'],
  ['google.protobuf.Any', 'google/protobuf/any.proto'],
  ['google.protobuf.Timestamp', 'google/protobuf/timestamp.proto'],
  ['google.protobuf.FieldMask', 'google/protobuf/field_mask.proto'],
];

describe.each([
  ['v1', v1],
  ['v1alpha', v1alpha],
] as const)('server reflection %s', (_, version) => {
  it('lists exactly the services it was given', async () => {
    const [answer] = await reflect(version, { case: 'listServices', value: '' });
    expect(answer).toMatchObject({
      validHost: 'h',
      originalRequest: { host: 'h', messageRequest: { case: 'listServices' } },
    });
    const list = answer?.messageResponse.value as v1.ListServiceResponse;
    expect(list.service.map(({ name }) => name)).toEqual([
      'catalogd.v1.CatalogService',
      'grpc.health.v1.Health',
    ]);
  });

  it.each(SYMBOLS)('finds %s', async (symbol, file) => {
    const [bySymbol, byName] = await reflect(
      version,
      { case: 'fileContainingSymbol', value: symbol },
      { case: 'fileByFilename', value: file },
    );
    expect(filesOf(bySymbol)[0]?.name).toBe(file);
    expect(filesOf(byName)).toEqual(filesOf(bySymbol));
  });

  it('sends a file with all it depends on, once each: a client can build it', async () => {
    const [answer] = await reflect(version, {
      case: 'fileContainingSymbol',
      value: 'catalogd.v1.CatalogService',
    });
    const files = filesOf(answer);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
    // Reversed, every import comes before what imports it, as a descriptor set wants.
    const set = create(FileDescriptorSetSchema, { file: files.toReversed() });
    const service = createFileRegistry(set).getService('catalogd.v1.CatalogService');
    expect(service?.method.getManifest?.input.typeName).toBe('catalogd.v1.GetManifestRequest');
  });

  it.each(UNKNOWN)('answers NOT_FOUND to %j', async (request) => {
    const [answer] = await reflect(version, request);
    expect(answer?.messageResponse).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: status.NOT_FOUND, errorMessage: expect.stringContaining('not known') },
    });
  });

  it('knows that a message has no extensions', async () => {
    const value = 'catalogd.v1.Manifest';
    const [answer] = await reflect(version, { case: 'allExtensionNumbersOfType', value });
    expect(answer?.messageResponse).toMatchObject({
      case: 'allExtensionNumbersResponse',
      value: { baseTypeName: value, extensionNumber: [] },
    });
  });

  it('answers an empty request with INVALID_ARGUMENT, and the next one on the stream', async () => {
    const [empty, list] = await reflect(
      version,
      { case: undefined },
      { case: 'listServices', value: '*' },
    );
    expect(empty?.messageResponse).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: status.INVALID_ARGUMENT },
    });
    expect(list?.messageResponse.case).toBe('listServicesResponse');
  });
});

function filesOf(answer: v1.ServerReflectionResponse | undefined) {
  const response = answer?.messageResponse;
  if (response?.case !== 'fileDescriptorResponse') throw new Error(`no files: ${response?.case}`);
  return response.value.fileDescriptorProto.map((file) =>
    fromBinary(FileDescriptorProtoSchema, file),
  );
}
