import type { Bench } from './bench.ts';

/** Every benchmark, in the order in which they run. Loaded when they are wanted. */
export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  get: async () => (await import('./get.ts')).bench,
  list: async () => (await import('./list.ts')).bench,
  clients: async () => (await import('./clients.ts')).bench,
  'register-s3': async () => (await import('./register-s3.ts')).bench,
  'register-file': async () => (await import('./register-file.ts')).bench,
  start: async () => (await import('./start.ts')).bench,
  growth: async () => (await import('./growth.ts')).bench,
  'update-objects': async () => (await import('./update-objects.ts')).bench,
};
