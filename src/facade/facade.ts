import { CatalogError, ErrInvalidArgument } from '../catalog/errors.ts';
import type { Log } from '../catalog/runtime.ts';
import type { HttpRequest, HttpResponse } from '../http/exchange.ts';
import { parseTarget } from '../http/target.ts';
import { StrictJsonError } from '../json/strict-json.ts';
import type { Admission } from '../rpc/admission.ts';
import type { CatalogMethods } from '../rpc/catalog-service.ts';
import { StatusError } from '../rpc/chain.ts';
import type { Peer } from '../rpc/incoming-call.ts';
import { type Answer, send } from './answer.ts';
import { RequestAborted } from './body.ts';
import { deleteManifest } from './delete-manifest.ts';
import { evolveSchema } from './evolve-schema.ts';
import type { Exchange, Operation } from './exchange.ts';
import { getManifest } from './get-manifest.ts';
import { HttpError } from './http-error.ts';
import { incomingCall } from './incoming-call.ts';
import { listManifests } from './list-manifests.ts';
import { listObjects } from './list-objects.ts';
import { openApiDocument } from './openapi.ts';
import { problemOf } from './problem.ts';
import { purgeManifest } from './purge-manifest.ts';
import { putManifest } from './put-manifest.ts';
import { undeleteManifest } from './undelete-manifest.ts';
import { updateObjects } from './update-objects.ts';
import { splitVerb } from './verb.ts';

/** What the facade is made of. */
export interface FacadeOptions {
  /** The methods of the catalog, with the chain round them that every protocol's calls pass. */
  readonly methods: CatalogMethods;
  /** Lets callers in, before anything of what they send is read. */
  readonly admission: Admission;
  readonly log: Log;
}

/** What the server lets a request take, and how it ends one. */
export interface Serving {
  /** Bytes of the largest body that is read. */
  readonly readMaxBytes: number;
  /** Aborted when all calls are to end. */
  readonly endAll: AbortSignal;
  /** The other end of a request's connection. */
  readonly peerOf: (request: HttpRequest) => Peer;
}

/** Answers a request if it is for a resource of the facade, and tells whether it is. */
export type Facade = (request: HttpRequest, response: HttpResponse) => boolean;

type Operations = Readonly<Record<string, Operation>>;

const MANIFESTS = '/v1/manifests/';

/** By what their paths begin with; the rest is a name. */
const PREFIXED: readonly (readonly [string, Operations])[] = [
  [MANIFESTS, { GET: getManifest, PUT: putManifest, DELETE: deleteManifest }],
  ['/v1/objects/', { GET: listObjects }],
];

/** By the verb behind the name of a manifest, with POST. */
const VERBS: Operations = {
  evolve: evolveSchema,
  updateObjects,
  undelete: undeleteManifest,
  purge: purgeManifest,
};

/**
 * The plain HTTP facade: the catalog's methods as resources, for whoever has HTTP and JSON and
 * nothing else. It has no logic of its own. `openapi.yaml` describes it.
 *
 * @returns what the server makes the facade of.
 * @throws {Error} if the installation is incomplete, or if there is no rule for who may call a resource.
 */
export function createFacade({
  methods,
  admission,
  log,
}: FacadeOptions): (serving: Serving) => Facade {
  const guard = (path: string, operations: Operations) => guarded(admission, path, operations);
  const exact: Readonly<Record<string, Operations>> = {
    '/v1/manifests': guard('/v1/manifests', { GET: listManifests }),
    '/openapi.yaml': guard('/openapi.yaml', { GET: openApiDocument() }),
  };
  const prefixed = PREFIXED.map(
    ([prefix, operations]) => [prefix, guard(`${prefix}{name}`, operations)] as const,
  );
  const verbs = Object.entries(VERBS).map(([verb, operation]) => {
    const { POST } = guard(`${MANIFESTS}{name}:${verb}`, { POST: operation });
    return [verb, POST] as const;
  });
  const byVerb = new Map(verbs);
  const find = (method: string | undefined, path: string) => {
    const [prefix, below] = prefixed.find(([each]) => path.startsWith(each)) ?? [path];
    const rest = path.slice(prefix.length);
    if (method === 'POST' && prefix === MANIFESTS) {
      const { verb = '', rest: name = '' } = splitVerb(rest) ?? {};
      const operation = byVerb.get(verb);
      if (operation !== undefined) return { operations: { POST: operation }, rest: name };
    }
    const operations = below ?? (Object.hasOwn(exact, path) ? exact[path] : undefined);
    return operations && { operations, rest };
  };

  return ({ readMaxBytes, endAll, peerOf }) =>
    (request, response) => {
      const { path, query } = parseTarget(request.url);
      const found = find(request.method, path);
      if (found === undefined) return false;
      const { operations, rest } = found;
      const call = incomingCall(request, response, peerOf(request), endAll);
      const exchange = { request, rest, query, call, readMaxBytes, methods };
      void serve(operations, exchange, response, log);
      return true;
    };
}

/** Operations whose callers are let in first. */
function guarded(admission: Admission, path: string, operations: Operations): Operations {
  const entries = Object.entries(operations).map(([method, operation]) => {
    const door = admission.door(`${method} ${path}`);
    const entered: Operation = async (exchange) => {
      await door.enterFirst(exchange.call);
      return operation(exchange);
    };
    return [method, entered] as const;
  });
  return Object.fromEntries(entries);
}

/** Never rejects. */
async function serve(
  operations: Operations,
  exchange: Exchange,
  response: HttpResponse,
  log: Log,
): Promise<void> {
  const { request } = exchange;
  try {
    const answer = await answerOf(operations, exchange, log);
    if (answer !== undefined) send(request, response, answer);
  } catch (err) {
    log.error({ err }, 'the answer was not sent');
    response.destroy();
  }
}

async function answerOf(
  operations: Operations,
  exchange: Exchange,
  log: Log,
): Promise<Answer | undefined> {
  try {
    return await operationOf(operations, exchange.request.method ?? '')(exchange);
  } catch (error) {
    if (error instanceof RequestAborted) return undefined;
    return problemOf(explained(error, log));
  }
}

/** @throws {HttpError} 405 */
function operationOf(operations: Operations, method: string): Operation {
  const name = method === 'HEAD' ? 'GET' : method;
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  const allow = Object.keys(operations)
    .flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each]))
    .join(', ');
  const detail = `This resource answers to ${allow} only.`;
  throw new HttpError(405, 'METHOD_NOT_ALLOWED', detail, { allow });
}

/** The error in the catalog's terms. What is none of its errors is a bug here, and logged. */
function explained(error: unknown, log: Log): unknown {
  if (error instanceof StrictJsonError) {
    const { field, description } = error;
    return new ErrInvalidArgument([{ field: field === '' ? 'body' : field, description }]);
  }
  const expected =
    error instanceof StatusError || error instanceof HttpError || error instanceof CatalogError;
  if (!expected) log.error({ err: error }, 'the facade failed');
  return error;
}
