import type { ConnectRouter } from '@connectrpc/connect';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionV1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import type { CatalogMethods } from '../rpc/catalog-service.ts';
import { catalogRoutes } from '../rpc/connect-routes.ts';
import { healthRoutes } from './health.ts';
import type { Readiness } from './readiness.ts';
import { reflectionRoutes } from './reflection.ts';

/** Every RPC that is served: the catalog's, health, and reflection of all of these. */
export function allRoutes(methods: CatalogMethods, readiness: Readiness) {
  const services = [CatalogService, Health, ServerReflection, ServerReflectionV1Alpha];
  const catalog = catalogRoutes(methods);
  const health = healthRoutes(
    readiness,
    services.map(({ typeName }) => typeName),
  );
  const reflection = reflectionRoutes(services);
  return (router: ConnectRouter) => {
    catalog(router);
    health(router);
    reflection(router);
  };
}
