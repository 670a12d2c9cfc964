import { isSpanContextValid, type Tracer, trace } from '@opentelemetry/api';
import type { CatalogObserver } from '../../catalog/observer.ts';
import type { CatalogMethods } from '../../rpc/catalog-service.ts';
import type { Store } from '../../store/store.ts';
import { tracedMethods } from './methods.ts';
import { tracedStore } from './store.ts';

/**
 * What makes spans, where they are wanted: it goes round the methods and the store, and listens to the
 * registry. Where they are not, nothing of it is there.
 */
export interface Tracing {
  methods(methods: CatalogMethods): CatalogMethods;
  store(store: Store): Store;
  readonly step: NonNullable<CatalogObserver['step']>;
}

/** The spans of a tracer. */
export function tracingBy(tracer: Tracer): Tracing {
  return {
    methods: (methods) => tracedMethods(methods, tracer),
    store: (store) => tracedStore(store, tracer),
    step: (step) => {
      const span = tracer.startSpan(`registry ${step}`);
      return () => span.end();
    },
  };
}

/** Fields by which a line of the log is found from the trace of its call, if it has one. */
export function traceFields(): object {
  const found = trace.getActiveSpan()?.spanContext();
  if (found === undefined || !isSpanContextValid(found)) return {};
  return { trace_id: found.traceId, span_id: found.spanId };
}
