/**
 * What a call needs. `open`: nothing. `describe`: any right at all. `monitor`: to see the metrics.
 * `read`: nothing by itself, but what the caller may not read does not exist for it. `write`, `purge`:
 * that right on the name in the request.
 */
export type Rule = 'open' | 'describe' | 'monitor' | 'read' | 'write' | 'purge';

/**
 * What each RPC, and each resource of plain HTTP, needs: the one place where that stands. What is not
 * here is not served: see {@link ruleOf}.
 */
const RULES: Readonly<Record<string, Rule>> = {
  'catalogd.v1.CatalogService/GetManifest': 'read',
  'catalogd.v1.CatalogService/BatchGetManifests': 'read',
  'catalogd.v1.CatalogService/ListManifests': 'read',
  'catalogd.v1.CatalogService/ListObjects': 'read',
  'catalogd.v1.CatalogService/WatchManifests': 'read',
  'catalogd.v1.CatalogService/RegisterManifest': 'write',
  'catalogd.v1.CatalogService/EvolveSchema': 'write',
  'catalogd.v1.CatalogService/UpdateObjects': 'write',
  'catalogd.v1.CatalogService/DeleteManifest': 'write',
  'catalogd.v1.CatalogService/UndeleteManifest': 'write',
  'catalogd.v1.CatalogService/PurgeManifest': 'purge',

  // Probes have no credentials, and learn no more than whether calls are served.
  'grpc.health.v1.Health/Check': 'open',
  'grpc.health.v1.Health/List': 'open',
  'grpc.health.v1.Health/Watch': 'open',
  'GET /healthz': 'open',
  'GET /readyz': 'open',

  'grpc.reflection.v1.ServerReflection/ServerReflectionInfo': 'describe',
  'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': 'describe',
  'GET /openapi.yaml': 'describe',

  'GET /metrics': 'monitor',

  // These call the RPCs of the same meaning, which look at the request once more.
  'GET /v1/manifests': 'read',
  'GET /v1/manifests/{name}': 'read',
  'PUT /v1/manifests/{name}': 'write',
  'DELETE /v1/manifests/{name}': 'write',
  'POST /v1/manifests/{name}:evolve': 'write',
  'POST /v1/manifests/{name}:updateObjects': 'write',
  'POST /v1/manifests/{name}:undelete': 'write',
  'POST /v1/manifests/{name}:purge': 'purge',
  'GET /v1/objects/{name}': 'read',
};

/** Everything there is a rule for. */
export const RULED: readonly string[] = Object.keys(RULES);

/**
 * The rule of a method or resource.
 *
 * @param what `package.Service/Method`, or `GET /path`.
 * @throws {Error} if it has none: it must not be served then.
 */
export function ruleOf(what: string): Rule {
  const rule = Object.hasOwn(RULES, what) ? RULES[what] : undefined;
  if (rule === undefined) throw new Error(`there is no rule for who may call ${what}`);
  return rule;
}

/** The RPCs that resources of plain HTTP stand for. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  'GET /v1/manifests': 'ListManifests',
  'GET /v1/manifests/{name}': 'GetManifest',
  'PUT /v1/manifests/{name}': 'RegisterManifest',
  'DELETE /v1/manifests/{name}': 'DeleteManifest',
  'POST /v1/manifests/{name}:evolve': 'EvolveSchema',
  'POST /v1/manifests/{name}:updateObjects': 'UpdateObjects',
  'POST /v1/manifests/{name}:undelete': 'UndeleteManifest',
  'POST /v1/manifests/{name}:purge': 'PurgeManifest',
  'GET /v1/objects/{name}': 'ListObjects',
};

const CATALOG_SERVICE = 'catalogd.v1.CatalogService/';

/**
 * The RPC of the catalog that something is, or stands for; `undefined` where it is none.
 *
 * @param what as {@link ruleOf} takes it.
 */
export function catalogRpcOf(what: string): string | undefined {
  if (what.startsWith(CATALOG_SERVICE)) return what;
  const method = Object.hasOwn(STANDS_FOR, what) ? STANDS_FOR[what] : undefined;
  return method && CATALOG_SERVICE + method;
}
