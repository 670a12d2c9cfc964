import { parseDocument } from 'yaml';
import { z } from 'zod';
import { isName } from '../catalog/name.ts';
import { NameScope } from '../catalog/name-scope.ts';
import { BadFile } from './bad-file.ts';
import { canonicalSan } from './certificate.ts';
import { ANYBODY, AUTHENTICATED, type Identity, principal } from './identity.ts';

/** What a caller may do. */
export interface Access {
  /** The names it may read: of the others it does not learn whether they exist. */
  readonly reads: NameScope;
  /** The names it may write; it may read them, too. */
  readonly writes: NameScope;
  /** The names it may purge; it may write them, too. */
  readonly administers: NameScope;
  /** Whether it may see the metrics. */
  readonly monitors: boolean;
  /** Whether it may see the description of the interface: whoever has any right may. */
  readonly describes: boolean;
}

/** Everything, as without a policy. */
export const FULL_ACCESS: Access = {
  reads: NameScope.all,
  writes: NameScope.all,
  administers: NameScope.all,
  monitors: true,
  describes: true,
};

const MAX_ENTRIES = 1_000;

const text = z.string().min(1).max(1_024);
const TO = z.union(
  [
    z.enum(['anonymous', 'authenticated']),
    z.strictObject({ token: text }),
    z.strictObject({ subject: text }),
    z.strictObject({ claim: z.union([text, z.array(text).min(1).max(4)]), value: text }),
    z.strictObject({ certificate_cn: text }),
    z.strictObject({
      certificate_san: text.regex(/^[A-Za-z ]+:./, 'must have a kind, as DNS: or URI:'),
    }),
  ],
  {
    error:
      'must be anonymous, authenticated, or one of token: NAME, subject: SUB, claim: NAME with value: VALUE, ' +
      'certificate_cn: NAME, certificate_san: KIND:NAME',
  },
);
const TO_LIST = z.array(TO).min(1).max(MAX_ENTRIES);

const NAMES = z
  .array(
    z.string().refine(isPattern, {
      error:
        'must be * for all names, NAME for it and what is below, or NAME/ for what is below; each ' +
        'segment counts as a whole, and * stands nowhere else',
    }),
  )
  .min(1)
  .max(MAX_ENTRIES);

const GRANT = z.discriminatedUnion(
  'role',
  [
    z.strictObject({ role: z.enum(['reader', 'writer', 'admin']), names: NAMES, to: TO_LIST }),
    z.strictObject({ role: z.literal('monitor'), to: TO_LIST }),
  ],
  { error: 'role must be reader, writer, admin or monitor' },
);

const POLICY = z.strictObject({
  version: z.literal(1),
  grants: z.array(GRANT).max(MAX_ENTRIES),
});

type Grant = z.output<typeof GRANT>;

/** Who may do what: the grants of a policy file. What is not granted is refused. */
export class Policy {
  readonly #grants: readonly Grant[];
  /** Which grants each principal has, by their places. */
  readonly #byPrincipal = new Map<string, number[]>();
  readonly #known = new WeakMap<Identity, Access>();

  private constructor(grants: readonly Grant[]) {
    this.#grants = grants;
    for (const [at, { to }] of grants.entries()) {
      for (const key of new Set(to.map(principalOf))) {
        const held = this.#byPrincipal.get(key) ?? [];
        held.push(at);
        this.#byPrincipal.set(key, held);
      }
    }
  }

  /**
   * Reads a policy, in YAML or JSON, which is YAML too.
   *
   * @throws {BadFile} naming every problem with its path.
   */
  static parse(source: string): Policy {
    const document = parseDocument(source, { prettyErrors: false });
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0) {
      throw new BadFile(broken.map(({ message, pos }) => `${lineOf(source, pos[0])}: ${message}`));
    }
    const result = POLICY.safeParse(plain(document));
    if (!result.success) throw new BadFile(result.error.issues.slice(0, 100).map(shown));
    return new Policy(result.data.grants);
  }

  /** Number of grants. */
  get size(): number {
    return this.#grants.length;
  }

  /** What a caller may do. */
  accessOf(identity: Identity): Access {
    const known = this.#known.get(identity);
    if (known !== undefined) return known;
    const access = this.#combine(this.#grantsOf(identity));
    this.#known.set(identity, access);
    return access;
  }

  #grantsOf({ principals }: Identity): readonly Grant[] {
    const held = new Set<number>();
    for (const key of principals) {
      for (const at of this.#byPrincipal.get(key) ?? []) held.add(at);
    }
    return [...held].map((at) => this.#grants[at] as Grant);
  }

  #combine(grants: readonly Grant[]): Access {
    const scope = (...roles: readonly string[]) =>
      NameScope.of(
        grants.flatMap((grant) =>
          grant.role !== 'monitor' && roles.includes(grant.role) ? grant.names : [],
        ),
      );
    const administers = scope('admin');
    return {
      reads: scope('admin', 'writer', 'reader'),
      writes: scope('admin', 'writer'),
      administers,
      monitors: administers.isAll || grants.some(({ role }) => role === 'monitor'),
      describes: grants.length > 0,
    };
  }
}

/** `team/*` is refused rather than taken for the name of a dataset, which it could be. */
function isPattern(text: string): boolean {
  return text === '*' || (!text.includes('*') && isName(text.replace(/\/$/, '')));
}

function principalOf(to: z.output<typeof TO>): string {
  if (to === 'anonymous') return ANYBODY;
  if (to === 'authenticated') return AUTHENTICATED;
  if ('token' in to) return principal('token', to.token);
  if ('subject' in to) return principal('subject', to.subject);
  if ('claim' in to) return principal('claim', [to.claim].flat(), to.value);
  if ('certificate_cn' in to) return principal('certificate_cn', to.certificate_cn);
  return principal('certificate_san', canonicalSan(to.certificate_san));
}

/** @throws {BadFile} for aliases that would unfold without bound. */
function plain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new BadFile([error instanceof Error ? error.message : String(error)]);
  }
}

function lineOf(source: string, offset: number): string {
  return `line ${source.slice(0, offset).split('\n').length}`;
}

/** `grants[2].names[0]: must be ...` */
function shown({ path, message }: z.core.$ZodIssue): string {
  const where = path.reduce<string>(
    (sum, key) =>
      typeof key === 'number'
        ? `${sum}[${key}]`
        : sum === ''
          ? String(key)
          : `${sum}.${String(key)}`,
    '',
  );
  return `${where || 'policy'}: ${message}`;
}
