import {
  UpdateObjectsRequestSchema,
  UpdateObjectsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { readWrite } from './write-request.ts';

/** `POST /v1/manifests/{name}:updateObjects`: UpdateObjects. */
export const updateObjects: Operation = async (exchange) => {
  const message = await readWrite(UpdateObjectsRequestSchema, exchange, 'required');
  const response = (await exchange.methods.updateObjects(message, exchange.call)).message();
  return messageAnswer(UpdateObjectsResponseSchema, response);
};
