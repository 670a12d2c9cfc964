#!/usr/bin/env node
import process from 'node:process';
import type { Io } from './io.ts';
import { runCli } from './run.ts';

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onStopSignal(listener) {
    process.on('SIGTERM', listener);
    process.on('SIGINT', listener);
    return () => {
      process.off('SIGTERM', listener);
      process.off('SIGINT', listener);
    };
  },
  exit: (code) => process.exit(code),
};

// A service goes on when nobody reads its log.
process.stderr.on('error', () => {});

process.exitCode = await runCli(process.argv.slice(2), io);
// Whatever still holds the event loop, such as an idle connection, must not delay the end; the empty
// write comes back once all output is out.
process.stdout.write('', () => process.exit());
