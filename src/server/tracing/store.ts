import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { factsOf } from '../../store/facts.ts';
import type { Store } from '../../store/store.ts';

/** The same store, each call of which is a span: which object, and what it came to. */
export function tracedStore(store: Store, tracer: Tracer): Store {
  const begin = (kind: string, key: string): Span =>
    tracer.startSpan(`store ${kind}`, {
      kind: SpanKind.CLIENT,
      attributes: { 'catalogd.store.operation': kind, 'catalogd.store.key': key },
    });
  const traced = <T>(
    kind: string,
    key: string,
    call: () => Promise<T>,
    outcomeOf: (answer: T) => string = () => 'ok',
  ): Promise<T> => {
    const span = begin(kind, key);
    return context.with(trace.setSpan(context.active(), span), async () => {
      try {
        const answer = await call();
        span.setAttribute('catalogd.store.outcome', outcomeOf(answer));
        return answer;
      } catch (error) {
        failed(span, error);
        throw error;
      } finally {
        span.end();
      }
    });
  };
  return {
    ...factsOf(store),
    get: (key) =>
      traced(
        'get',
        key,
        () => store.get(key),
        (found) => (found ? 'ok' : 'missing'),
      ),
    put: (key, body, mode) => traced('put', key, () => store.put(key, body, mode)),
    delete: (key) => traced('delete', key, () => store.delete(key)),
    async *list(prefix, hints) {
      const span = begin('list', prefix);
      try {
        yield* store.list(prefix, hints);
        span.setAttribute('catalogd.store.outcome', 'ok');
      } catch (error) {
        failed(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    close: () => store.close(),
  };
}

/** The kind of error alone: its message may name hosts and paths. A lost race is no error. */
function failed(span: Span, error: unknown): void {
  const name = error instanceof Error ? error.name : 'Error';
  span.setAttribute('catalogd.store.outcome', name);
  if (name === 'PreconditionFailedError') return;
  span.setAttribute('error.type', name);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
