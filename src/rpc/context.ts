import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Identity } from '../auth/identity.ts';
import type { Caller } from '../catalog/call.ts';
import type { Registry } from '../catalog/registry.ts';
import type { Answer } from './answer.ts';

/** What a handler knows of a call besides its request. Not: which protocol it came by. */
export interface CallContext {
  readonly caller: Caller;
  /** Who calls; its name is fit for logs. */
  readonly identity: Identity;
}

/**
 * Answers one RPC: takes the request apart, calls the catalog, puts the answer together. Throws
 * the catalog's errors as they are.
 */
export type Handler<I extends DescMessage, O extends DescMessage> = (
  registry: Registry,
  request: MessageShape<I>,
  context: CallContext,
) => Promise<Answer<O>>;

/** As {@link Handler}, for an RPC that streams its answers: each is made when it is asked for. */
export type StreamHandler<I extends DescMessage, O extends DescMessage> = (
  registry: Registry,
  request: MessageShape<I>,
  context: CallContext,
) => AsyncIterable<MessageInitShape<O>>;
