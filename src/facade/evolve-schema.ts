import {
  EvolveSchemaRequestSchema,
  EvolveSchemaResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { readWrite } from './write-request.ts';

/** `POST /v1/manifests/{name}:evolve`: EvolveSchema. */
export const evolveSchema: Operation = async (exchange) => {
  const message = await readWrite(EvolveSchemaRequestSchema, exchange, 'required');
  const response = (await exchange.methods.evolveSchema(message, exchange.call)).message();
  return messageAnswer(EvolveSchemaResponseSchema, response);
};
