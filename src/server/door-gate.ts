import { ConnectError, type HandlerContext } from '@connectrpc/connect';
import type { Door } from '../rpc/admission.ts';
import { PEER } from '../rpc/connect-routes.ts';
import type { CallProtocol } from '../rpc/incoming-call.ts';
import { statusOf } from '../rpc/status.ts';

/**
 * The doors of all RPCs that connect serves, health and reflection among them, before anything of their
 * messages is read: who is not let in shall not have them received, decompressed and parsed. The methods
 * of the catalog have the same doors in their chain, for calls that come without connect; there it is also
 * looked at what the request is about.
 *
 * @param doors by `package.Service/Method`; a method without one is not served.
 */
export function doorGate(
  doors: ReadonlyMap<string, Door>,
): (context: HandlerContext) => Promise<void> {
  return async ({ service, method, protocolName, requestHeader, values }) => {
    const name = `${service.typeName}/${method.name}`;
    const door = doors.get(name);
    if (door === undefined) throw new Error(`there is no door for ${name}`);
    const answerHeader = new Headers();
    try {
      await door.enterFirst({
        // The router registers these three and no others.
        protocol: protocolName as CallProtocol,
        peer: values.get(PEER),
        header: (each) => requestHeader.get(each) ?? undefined,
        setHeader: (each, value) => answerHeader.set(each, value),
      });
    } catch (error) {
      const { code, message, details } = statusOf(error);
      throw new ConnectError(message, code, answerHeader, [...details], error);
    }
  };
}
