import config from './jest.config.js';

/** The suites that need a real server, and say which by the environment variables they read. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.interop.ts'],
};
