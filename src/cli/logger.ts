import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { errorFields } from '../server/logging/error-fields.ts';
import { redactor } from '../server/logging/redact.ts';

/** Fields that no line shows, whoever puts them there. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'secretAccessKey',
  'sessionToken',
  'token',
];

/** Variables of the environment whose values are secrets. */
const SECRET_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'CATALOGD_TOKEN',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
];

/** What a {@link createLogger} is made of. */
export interface LoggerOptions {
  readonly level: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fields of every line, asked for at each. */
  readonly mixin?: () => object;
}

/**
 * The log of the service: one JSON object a line. Secrets are kept out in three ways: by the names of
 * fields, by showing of an error only what it is meant to say, and by looking through each line for what
 * has the form of a secret, or is one of this process's own.
 */
export function createLogger(
  { level, env, mixin = () => ({}) }: LoggerOptions,
  destination: Writable,
): Logger {
  const known = SECRET_VARIABLES.flatMap((name) => env[name] ?? []);
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      serializers: { err: errorFields },
      hooks: { streamWrite: redactor(known) },
      mixin,
    },
    destination,
  );
}
