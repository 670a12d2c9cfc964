import { Counter, type Registry as Metrics } from 'prom-client';
import type { ListenerLoad } from '../listener.ts';
import { gauge } from './gauge.ts';

/** Adds what the port of the service is busy with at the time it is scraped. */
export function serverMetrics(metrics: Metrics, load: () => ListenerLoad): void {
  gauge(metrics, 'catalogd_connections', 'Connections that are open.', () => load().connections);
  gauge(
    metrics,
    'catalogd_requests_in_flight',
    'Requests of any kind that are being served; over HTTP/2 these are the open streams.',
    () => load().requests,
  );
  new Counter({
    name: 'catalogd_connections_refused_total',
    help: 'Connections that were refused, for there were as many as there may be.',
    registers: [metrics],
    collect() {
      this.reset();
      this.inc(load().refused);
    },
  });
}
