import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/health/v1/health_pb.ts';
import { quote } from '../http/exchange.ts';
import type { Readiness } from './readiness.ts';

/** Says with the answer of a check what its status alone cannot: the state, and why it is so. */
export const READINESS_HEADER = 'catalogd-readiness';

/**
 * grpc.health.v1 over the readiness, which is the same for all services.
 *
 * @param services the full names that are known, besides the empty one, which means the server.
 */
export function healthRoutes(
  readiness: Readiness,
  services: readonly string[],
): (router: ConnectRouter) => void {
  const known = new Set(['', ...services]);
  const statusNow = () => (readiness.isReady ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);

  return (router) =>
    router.service(Health, {
      check({ service }, { responseHeader }) {
        if (!known.has(service)) throw unknownService(service);
        const { state, reason } = readiness.status;
        responseHeader.set(READINESS_HEADER, reason === '' ? state : `${state}; ${reason}`);
        return { status: statusNow() };
      },
      list() {
        const status = statusNow();
        return { statuses: Object.fromEntries([...known].map((name) => [name, { status }])) };
      },
      async *watch({ service }, context) {
        // Which services exist never changes: one message, and then none until the call ends.
        const read = known.has(service) ? statusNow : () => ServingStatus.SERVICE_UNKNOWN;
        for await (const status of changes(readiness, context, read)) yield { status };
      },
    });
}

/**
 * Yields the value at first and whenever it differs from the one last yielded. Values that come and
 * go while the reader is slow are skipped. Ends with the reason for which the call is aborted, after
 * the last value was yielded.
 */
async function* changes<T>(
  readiness: Readiness,
  { signal }: HandlerContext,
  read: () => T,
): AsyncGenerator<T> {
  let wake = () => {};
  const unsubscribe = readiness.subscribe(() => wake());
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    let last: T | undefined;
    for (;;) {
      const value = read();
      if (value !== last) {
        last = value;
        yield value;
      } else if (signal.aborted) {
        throw signal.reason;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

function unknownService(service: string): ConnectError {
  const message = `health of ${quote(service)} is not known; ask without a service name, or list`;
  const metadata = { service: service.slice(0, 200).toWellFormed() };
  return new ConnectError(message, Code.NotFound, undefined, [
    { desc: ErrorInfoSchema, value: { reason: 'SERVICE_UNKNOWN', domain: 'catalogd', metadata } },
  ]);
}
