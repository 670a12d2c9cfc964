import { TestEnvironment } from 'jest-environment-node';

/**
 * jest runs every suite in a realm of its own, whose `Error` is not that of Node's core: an
 * AbortError from core would not be `instanceof Error`, and connect would misjudge a cancellation.
 * Sharing the outer error classes makes `instanceof` mean in a test what it means in production.
 */
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.Error = Error;
    this.global.TypeError = TypeError;
    this.global.RangeError = RangeError;
  }
}
