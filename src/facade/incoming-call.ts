import type { LeftBecause } from '../catalog/errors.ts';
import type { HttpResponse } from '../http/exchange.ts';
import type { IncomingCall } from '../rpc/chain.ts';

/**
 * A call as the methods take it: its signal fires when the client has gone, or when the server
 * ends. The deadline is the default one.
 *
 * @param endAll aborted when all calls are to end.
 */
export function incomingCall(response: HttpResponse, endAll: AbortSignal): IncomingCall {
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
    signal: controller.signal,
    timeoutMs: undefined,
    leftBecause: () => because,
    setHeader: (name, value) => {
      response.setHeader(name, value);
    },
  };
}
