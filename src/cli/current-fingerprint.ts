import { Consistency, ManifestView } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { CatalogClient } from '../client/client.ts';

/**
 * The fingerprint which a dataset has now, and the version that has it.
 *
 * @throws {CatalogClientError} if there is no such dataset, or the service cannot tell.
 */
export async function currentFingerprint(
  client: CatalogClient,
  name: string,
): Promise<{ readonly fingerprint: string; readonly version: bigint }> {
  const { manifest } = await client.getManifest({
    name,
    view: ManifestView.BASIC,
    consistency: Consistency.STRONG,
  });
  return { fingerprint: manifest?.schemaFingerprint ?? '', version: manifest?.version ?? 0n };
}
