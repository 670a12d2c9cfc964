import { Code, ConnectError } from '@connectrpc/connect';
import { type CatalogClient, detailsOf, register } from './client.ts';

export async function printConflict(
  client: CatalogClient,
  print: (line: string) => void,
): Promise<void> {
  try {
    await register(client, {
      name: 'sales/orders',
      schemaFingerprint: 'orders-v2',
      requestId: crypto.randomUUID(),
    });
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    const { reason, metadata, violations } = detailsOf(error);
    print(`code:    ${Code[code]}`);
    print(`message: ${rawMessage}`);
    print(`reason:  ${reason}`);
    print(`current: ${metadata.current_fingerprint}`);
    print(`given:   ${metadata.given_fingerprint}`);
    for (const { type, subject } of violations) print(`violates ${type} of ${subject}`);
  }
}
