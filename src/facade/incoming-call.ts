import type { LeftBecause } from '../catalog/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/exchange.ts';
import { headerOf } from '../http/header.ts';
import type { IncomingCall, Peer } from '../rpc/incoming-call.ts';

/**
 * A call as the methods take it: its signal fires when the client has gone, or when the server
 * ends. The deadline is the default one.
 *
 * @param endAll aborted when all calls are to end.
 */
export function incomingCall(
  request: HttpRequest,
  response: HttpResponse,
  peer: Peer,
  endAll: AbortSignal,
): IncomingCall {
  const controller = new AbortController();
  let because: LeftBecause = 'canceled';
  const end = () => {
    because = 'shutdown';
    controller.abort();
  };
  if (endAll.aborted) end();
  else endAll.addEventListener('abort', end, { once: true });
  response.once('close', () => {
    endAll.removeEventListener('abort', end);
    controller.abort();
  });
  return {
    protocol: 'http',
    peer,
    signal: controller.signal,
    timeoutMs: undefined,
    leftBecause: () => because,
    header: (name) => headerOf(request, name),
    setHeader: (name, value) => {
      response.setHeader(name, value);
    },
  };
}
