/**
 * Does what a Dockerfile says in a folder, where there is no container engine: each stage is a folder of
 * its own, COPY copies, and RUN runs on this machine with the stage's folder in place of WORKDIR.
 *
 *   node .ci/replay-dockerfile.mjs DOCKERFILE OUT      with the current folder as the context
 *
 * The last stage is left in OUT/image, and what it would run as in OUT/image.json. Knows the instructions
 * that deploy/Dockerfile uses, and fails at any other. What a base image holds is not there.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [file, out] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join('\n')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '');
const allowed = readFileSync(`${file}.dockerignore`, 'utf8')
  .split('\n')
  .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

const stages = new Map();
let stage;
let config;

const inStage = (path) => join(stage.root, path.startsWith('/') ? path : join(stage.workdir, path));

const INSTRUCTIONS = {
  FROM(rest) {
    const [, image, name = 'image'] = /^(\S+)(?: AS (\S+))?$/.exec(rest);
    stage = { root: join(out, name), workdir: '/' };
    mkdirSync(stage.root, { recursive: true });
    stages.set(name, stage);
    config = { image, env: {} };
  },
  WORKDIR(rest) {
    stage.workdir = rest;
    mkdirSync(inStage('.'), { recursive: true });
  },
  COPY(rest) {
    const [, from, paths] = /^(?:--from=(\S+) )?(.*)$/.exec(rest);
    const sources = paths.split(/\s+/);
    const target = sources.pop();
    for (const source of sources) {
      if (from === undefined && !allowed.includes(source)) {
        throw new Error(`COPY ${source}: ${file}.dockerignore keeps it out of the context`);
      }
      const path = from === undefined ? source : join(stages.get(from).root, source);
      const into = target.endsWith('/') ? join(target, basename(source)) : target;
      // Links as they are: npm's point from one package to another.
      cpSync(path, inStage(into), { recursive: true, verbatimSymlinks: true });
    }
  },
  RUN(rest) {
    execFileSync('/bin/sh', ['-c', rest], {
      cwd: inStage('.'),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  },
  ENV(rest) {
    for (const [, name, value] of rest.matchAll(/(\w+)=(\S+)/g)) config.env[name] = value;
  },
  USER(rest) {
    config.user = rest;
  },
  ENTRYPOINT(rest) {
    config.entrypoint = JSON.parse(rest);
  },
  CMD(rest) {
    config.cmd = JSON.parse(rest);
  },
  LABEL() {},
  EXPOSE() {},
  STOPSIGNAL() {},
};

for (const line of lines) {
  const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line.trim());
  console.log(`${name} ${rest.replaceAll(/\s+/g, ' ')}`);
  if (!Object.hasOwn(INSTRUCTIONS, name)) throw new Error(`${name} is not known here`);
  INSTRUCTIONS[name](rest.trim());
}
if (!existsSync(join(out, 'image'))) renameSync(stage.root, join(out, 'image'));
writeFileSync(join(out, 'image.json'), JSON.stringify({ ...config, workdir: stage.workdir }));
