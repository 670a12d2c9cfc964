import { DiagLogLevel, diag, trace } from '@opentelemetry/api';
import type { Log } from '../log.ts';
import { type Tracing, traceFields, tracingBy } from './tracing.ts';

/** Spans that are exported. */
export interface ExportedTracing extends Tracing {
  /** Fields by which a line of the log is found from the trace of its call, if it has one. */
  logFields(): object;
  /** Exports what is left, within the time that the exporter has, and ends. Never fails. */
  stop(): Promise<void>;
}

/** Tracing was asked for and cannot be had. The message is for the operator. */
export class TracingError extends Error {
  override name = 'TracingError';
}

/** What a trace tells of the process besides what OTEL_RESOURCE_ATTRIBUTES says. Not: its arguments. */
const RESOURCE_DETECTORS = 'env,host,serviceinstance';

/**
 * Starts the SDK of OpenTelemetry, which is loaded only here. It is set up by the standard variables
 * (OpenTelemetry specification, "Environment Variable Specification"): OTEL_EXPORTER_OTLP_ENDPOINT,
 * OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and the others.
 *
 * @throws {TracingError} if the SDK is not installed.
 */
export async function startTracing(version: string, log: Log): Promise<ExportedTracing> {
  const { NodeSDK } = await import('@opentelemetry/sdk-node').catch((cause) => {
    const message = 'tracing needs the package @opentelemetry/sdk-node: npm install it';
    throw new TracingError(message, { cause });
  });
  process.env.OTEL_NODE_RESOURCE_DETECTORS ??= RESOURCE_DETECTORS;
  const say =
    (level: 'debug' | 'warn') =>
    (message: string, ...args: unknown[]) =>
      log[level](
        { err: args.find((arg) => arg instanceof Error) ?? args[0] },
        `tracing: ${message}`,
      );
  diag.setLogger(
    {
      error: say('warn'),
      warn: say('warn'),
      info: say('debug'),
      debug: say('debug'),
      verbose() {},
    },
    { logLevel: DiagLogLevel.WARN },
  );
  const { OTEL_SERVICE_NAME } = process.env;
  const sdk = new NodeSDK({
    ...(OTEL_SERVICE_NAME ? {} : { serviceName: 'catalogd' }),
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const stop = () => sdk.shutdown().catch((err) => log.warn({ err }, 'the last spans are lost'));
  return { ...tracingBy(trace.getTracer('catalogd', version)), logFields: traceFields, stop };
}
