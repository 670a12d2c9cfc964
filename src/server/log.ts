/** Writes one line of the log: structured fields, then the message. */
export type LogMethod = (fields: Record<string, unknown>, message: string) => void;

/** The part of a pino logger which the server needs. An error goes under the field `err`. */
export interface Log {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}
