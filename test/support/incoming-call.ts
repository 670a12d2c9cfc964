import type { IncomingCall } from '../../src/rpc/incoming-call.ts';
import { patient } from './catalog.ts';

/** A call over gRPC whose caller waits for ever, and the headers that were set for its answer. */
export function incomingCall(changes: Partial<IncomingCall> = {}) {
  const headers = new Map<string, string>();
  const call: IncomingCall = {
    ...patient,
    protocol: 'grpc',
    peer: { address: '127.0.0.1' },
    timeoutMs: undefined,
    header: () => undefined,
    setHeader: (name, value) => void headers.set(name, value),
    ...changes,
  };
  return { call, headers };
}
