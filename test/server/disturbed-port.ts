import type { Socket } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect } from '@jest/globals';
import {
  CatalogService,
  GetManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import { GrpcClient, rawConnect, sleep, startTestServer, type TestServer } from './support.ts';

/** A port with low limits, and a gRPC client on it who must not notice what a test does to it. */
export class DisturbedPort {
  #server: TestServer | undefined;
  #bystander: GrpcClient | undefined;

  /** Sets up a server before each test, and afterwards has the bystander served once more. */
  constructor(limits: Partial<ServerLimits>) {
    beforeEach(async () => {
      this.#server = await startTestServer(limits);
      this.#bystander = new GrpcClient(this.server.port);
      await this.#askAsBystander();
    });
    afterEach(async () => {
      await this.#askAsBystander();
      this.#bystander?.close();
      await this.server.drain(2_000);
    });
  }

  get server(): TestServer {
    if (this.#server === undefined) throw new Error('used outside of a test');
    return this.#server;
  }

  /** Connects and sends the pieces, each in a packet of its own; a character is a byte. */
  async send(...pieces: string[]): Promise<Socket> {
    const socket = await rawConnect(this.server.port);
    socket.setNoDelay(true);
    for (const piece of pieces) {
      socket.write(Buffer.from(piece, 'latin1'));
      await sleep(20);
    }
    return socket;
  }

  async #askAsBystander(): Promise<void> {
    const request = create(GetManifestRequestSchema, { name: 'bystander' });
    const answer = await this.#bystander?.unary(CatalogService.method.getManifest, request);
    expect(answer?.manifest?.name).toBe('bystander');
  }
}
