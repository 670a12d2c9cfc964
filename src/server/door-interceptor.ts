import { ConnectError, type Interceptor } from '@connectrpc/connect';
import type { Door } from '../rpc/admission.ts';
import { PEER } from '../rpc/connect-routes.ts';
import type { CallProtocol } from '../rpc/incoming-call.ts';
import { statusOf } from '../rpc/status.ts';

/**
 * The doors of all RPCs that connect serves, health and reflection among them. The methods of the
 * catalog have the same doors in their chain, for calls that come without connect; there it is also
 * looked at what the request is about.
 *
 * @param doors by `package.Service/Method`; a method without one is not served.
 */
export function doorInterceptor(doors: ReadonlyMap<string, Door>): Interceptor {
  return (next) => async (request) => {
    const { service, method, header, contextValues } = request;
    const name = `${service.typeName}/${method.name}`;
    const door = doors.get(name);
    if (door === undefined) throw new Error(`there is no door for ${name}`);
    const answerHeader = new Headers();
    try {
      await door.enter({
        protocol: protocolOf(header.get('content-type') ?? ''),
        peer: contextValues.get(PEER),
        header: (each) => header.get(each) ?? undefined,
        setHeader: (each, value) => answerHeader.set(each, value),
      });
    } catch (error) {
      const { code, message, details } = statusOf(error);
      throw new ConnectError(message, code, answerHeader, [...details], error);
    }
    return next(request);
  };
}

/** Each protocol has content types of its own; Connect has a GET without one, too. */
function protocolOf(contentType: string): CallProtocol {
  if (contentType.startsWith('application/grpc-web')) return 'grpc-web';
  return contentType.startsWith('application/grpc') ? 'grpc' : 'connect';
}
