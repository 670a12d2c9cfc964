import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import { type Any, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The messages of connectrpc.conformance.v1 as far as the service looks into them. */
export interface Header {
  readonly name: string;
  readonly value: string[];
}

export interface WantedError {
  /** As in {@link Code} of connect. */
  readonly code: number;
  readonly message?: string;
  readonly details: Any[];
}

export interface UnaryDefinition {
  readonly responseHeaders: Header[];
  readonly responseTrailers: Header[];
  readonly response:
    | { readonly case: 'responseData'; readonly value: Uint8Array }
    | { readonly case: 'error'; readonly value: WantedError }
    | { readonly case: undefined };
  readonly responseDelayMs: number;
}

export interface StreamDefinition {
  readonly responseHeaders: Header[];
  readonly responseTrailers: Header[];
  readonly responseData: Uint8Array[];
  readonly responseDelayMs: number;
  readonly error?: WantedError;
}

export type UnaryRequest = Message & { readonly responseDefinition?: UnaryDefinition };
export type StreamRequest = Message & { readonly responseDefinition?: StreamDefinition };
export type BidiRequest = StreamRequest & { readonly fullDuplex: boolean };

/** What a test server is told on standard input. */
export interface ServerRequest extends Message {
  readonly useTls: boolean;
  /** In bytes; 0 for none. */
  readonly messageReceiveLimit: number;
  readonly serverCreds?: { readonly cert: Uint8Array; readonly key: Uint8Array };
  readonly clientTlsCert: Uint8Array;
}

/** The suite's own descriptors: they come with its module, and nothing is generated from them. */
export class Types {
  readonly registry: FileRegistry;
  readonly service: DescService;

  /** @param file a file descriptor set, as `buf build` writes it. */
  constructor(file: string) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(file)));
    const service = this.registry.getService('connectrpc.conformance.v1.ConformanceService');
    if (service === undefined) throw new Error(`${file} does not have the conformance service`);
    this.service = service;
  }

  /** The message of that name in the package of the suite. */
  message(name: string): DescMessage {
    const type = this.registry.getMessage(`connectrpc.conformance.v1.${name}`);
    if (type === undefined) throw new Error(`the suite does not have a message ${name}`);
    return type;
  }

  /** The type of a message. */
  of(message: Message): DescMessage {
    const type = this.registry.getMessage(message.$typeName);
    if (type === undefined)
      throw new Error(`the suite does not have a message ${message.$typeName}`);
    return type;
  }
}
