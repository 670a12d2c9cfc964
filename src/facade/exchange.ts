import type { HttpRequest } from '../http/exchange.ts';
import type { CatalogMethods } from '../rpc/catalog-service.ts';
import type { IncomingCall } from '../rpc/incoming-call.ts';
import type { Answer } from './answer.ts';

/** One request to a resource of the facade. */
export interface Exchange {
  readonly request: HttpRequest;
  /** What the path names below the resource, still encoded; empty where it names nothing. */
  readonly rest: string;
  /** The query, still encoded. */
  readonly query: string;
  /** Who waits for the answer. */
  readonly call: IncomingCall;
  /** Bytes of the largest body that is read. */
  readonly readMaxBytes: number;
  readonly methods: CatalogMethods;
}

/** Answers a request by one method. Throws what {@link problemOf} makes a problem of. */
export type Operation = (exchange: Exchange) => Promise<Answer>;
