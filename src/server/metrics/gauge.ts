import { Gauge, type Registry as Metrics } from 'prom-client';

/** Adds a gauge that is read when it is scraped. */
export function gauge(metrics: Metrics, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [metrics],
    collect() {
      this.set(read());
    },
  });
}
