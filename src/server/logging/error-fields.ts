/** Causes of causes that are shown. */
const MAX_DEPTH = 5;
/** Characters of a message or stack that are shown. */
const MAX_TEXT = 4_000;

/**
 * What the log shows of an error: its class, message, code, stack and causes. Never its other
 * properties, where libraries keep whole requests and their headers.
 */
export function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error).slice(0, MAX_TEXT);
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message: message.slice(0, MAX_TEXT),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack: stack.slice(0, MAX_TEXT) }),
    ...(cause === undefined || depth >= MAX_DEPTH ? {} : { cause: errorFields(cause, depth + 1) }),
  };
}
