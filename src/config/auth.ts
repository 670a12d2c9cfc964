import { ConfigError } from './errors.ts';
import type { ServeSettings } from './settings.ts';

/**
 * The settings of authentication and authorization as a whole.
 *
 * @throws {ConfigError} if one is set without the others that it needs.
 */
export function authOf({
  tokens,
  oidc,
  policy,
}: Pick<ServeSettings, 'tokens' | 'oidc' | 'policy'>) {
  const { issuer, audience, jwks } = oidc;
  if (issuer !== undefined && audience !== undefined && jwks !== undefined) {
    return { tokens, policy, oidc: { issuer, audience, jwks } };
  }
  const [has] = Object.entries(oidc).filter(([, value]) => value !== undefined);
  if (has !== undefined) {
    const lacks = Object.entries(oidc).filter(([, value]) => value === undefined);
    const names = lacks.map(([name]) => `oidc.${name}`).join(' and ');
    throw new ConfigError([`oidc.${has[0]} is set without ${names}: JWTs need all three`]);
  }
  return { tokens, policy };
}
