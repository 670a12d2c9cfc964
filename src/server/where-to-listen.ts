import { isConfigured } from '../auth/open.ts';
import type { CatalogdOptions } from './catalogd-options.ts';
import { addressesOf, refuseAdminExposure, refuseExposure } from './exposure.ts';

/**
 * The addresses to listen on, once it is certain that they may be.
 *
 * @throws {ExposureError}
 */
export async function whereToListen(options: CatalogdOptions) {
  const { host, port, tls, insecure = false, adminListen, adminInsecure = false } = options;
  const addresses = await addressesOf(host);
  refuseExposure({
    host,
    addresses,
    tls: tls !== undefined,
    auth: hasAuthentication(options),
    insecure,
  });
  // By its address, or the name could come to mean another one meanwhile.
  const main = { host: addresses[0] ?? host, port };
  if (adminListen === undefined) return main;
  const ofAdmin = await addressesOf(adminListen.host);
  const admin = { host: adminListen.host, addresses: ofAdmin };
  refuseAdminExposure({ ...admin, insecure: insecure || adminInsecure });
  return { ...main, admin: { host: ofAdmin[0] ?? adminListen.host, port: adminListen.port } };
}

/** Whether nobody can call without having proved who it is, unless the policy lets anonymous do it. */
function hasAuthentication({ auth = {}, tls }: CatalogdOptions): boolean {
  return isConfigured({ ...auth, clientCertificates: tls?.clientCa !== undefined });
}
