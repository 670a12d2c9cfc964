import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** A part of the document. */
// biome-ignore lint/suspicious/noExplicitAny: the document is data, checked by its linter
export type Node = any;

/** openapi.yaml as it stands in the repository. */
export const DOCUMENT: Node = parse(
  readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'),
);

/** An answer as the checks need it: names of headers in lower case. */
export interface SeenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat('int32', true);
ajv.addFormat('int64', true);
ajv.addSchema(closed(DOCUMENT), 'openapi');
const validators = new Map<string, ValidateFunction>();

/**
 * Fails unless the document describes that answer to that request: its status, each header it asks
 * for, the type and schema of the body, and no property beyond the schema's.
 */
export function checkAnswer(method: string, target: string, answer: SeenAnswer): void {
  const path = target.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*/s, '');
  const template = templateOf(method, path);
  if (template === undefined) {
    checkForeign(answer);
    return;
  }
  const item = DOCUMENT.paths[template];
  const operation = item[method === 'HEAD' ? 'get' : method.toLowerCase()];
  if (operation === undefined && answer.status !== 405) fail(answer, `${method} is not described`);
  const described = (operation ?? item.get).responses[answer.status];
  if (described === undefined) fail(answer, `status ${answer.status} is not described`);
  const response = resolved(described);
  checkHeaders(response.headers ?? {}, answer);
  checkBody(response.content, answer, method === 'HEAD');
}

/** Checks a value against a schema of the document, by its pointer. */
export function problemsOf(pointer: string, value: unknown): string | undefined {
  let validate = validators.get(pointer);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `openapi${pointer}` });
    validators.set(pointer, validate);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** What a reference points to, or the node itself. */
export function resolved(node: Node): Node {
  if (typeof node?.$ref !== 'string') return node;
  const found = node.$ref
    .slice(2)
    .split('/')
    .reduce(
      (at: Node, key: string) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      DOCUMENT,
    );
  if (found === undefined) throw new Error(`${node.$ref} leads nowhere`);
  return resolved(found);
}

function templateOf(method: string, path: string): string | undefined {
  if (Object.hasOwn(DOCUMENT.paths, path)) return path;
  const verb = /^\/v1\/manifests\/.*(:[^:]*)$/.exec(path)?.[1];
  const withVerb = `/v1/manifests/{name}${verb}`;
  if (method === 'POST' && Object.hasOwn(DOCUMENT.paths, withVerb)) return withVerb;
  const prefix = ['/v1/manifests/', '/v1/objects/'].find((each) => path.startsWith(each));
  return prefix && `${prefix}{name}`;
}

/** Of what is no resource of the facade only this is known. */
function checkForeign(answer: SeenAnswer): void {
  const { status, headers, text } = answer;
  const isProblem = headers['content-type'] === 'application/problem+json';
  if (status !== 404 || !isProblem) fail(answer, 'not a 404 with a problem document');
  if (text !== '' && JSON.parse(text).type !== 'about:blank') fail(answer, 'not about:blank');
}

function checkHeaders(described: Record<string, Node>, answer: SeenAnswer): void {
  for (const [name, node] of Object.entries(described)) {
    const { required, schema } = resolved(node);
    const value = answer.headers[name.toLowerCase()];
    if (value === undefined) {
      if (required === true) fail(answer, `the header ${name} is missing`);
    } else if (!ajv.validate(schema as AnySchema, value)) {
      fail(answer, `the header ${name}: ${ajv.errorsText()}`);
    }
  }
}

function checkBody(content: Node, answer: SeenAnswer, isHead: boolean): void {
  const { headers, text } = answer;
  const type = headers['content-type'];
  if (content === undefined) {
    if (text !== '' || type !== undefined) fail(answer, 'a body that is not described');
    return;
  }
  const media = content[type ?? ''];
  if (media === undefined) fail(answer, `the content-type ${type} is not described`);
  const length = Number(headers['content-length']);
  if (isHead) {
    if (text !== '' || !(length > 0)) fail(answer, 'HEAD has no body, but its length');
    return;
  }
  if (length !== Buffer.byteLength(text)) fail(answer, `the content-length is ${length}`);
  const value = type?.endsWith('json') ? JSON.parse(text) : text;
  const problems =
    media.schema.$ref === undefined
      ? !ajv.validate(media.schema, value) && ajv.errorsText()
      : problemsOf(media.schema.$ref, value);
  if (problems) fail(answer, problems);
  if (type === 'application/problem+json') checkProblem(value, answer);
}

function checkProblem(problem: Node, answer: SeenAnswer): void {
  if (problem.status !== answer.status) fail(answer, 'its member status is another');
  const [document, pointer] = problem.type.split('#');
  const example = resolved({ $ref: `#${pointer}` });
  if (document !== '/openapi.yaml' || example.value.reason !== problem.reason) {
    fail(answer, `the type ${problem.type} does not explain ${problem.reason}`);
  }
  if (example.value.title !== problem.title) fail(answer, 'its title is not the described one');
}

function fail(answer: SeenAnswer, why: string): never {
  const { status, text } = answer;
  throw new Error(`not as openapi.yaml describes it: ${why}\n${status} ${text.slice(0, 2_000)}`);
}

/** The document with every schema closed: what an answer has beyond it is a mistake. */
function closed(node: Node): Node {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isSchema = node.type === 'object' && typeof node.properties === 'object';
  return isSchema ? { additionalProperties: false, ...copy } : copy;
}
