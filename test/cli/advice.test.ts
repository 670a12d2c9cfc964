import { describe, expect, it } from '@jest/globals';
import { adviceFor } from '../../src/cli/advice.ts';

const conflict = (current_fingerprint: string, given_fingerprint: string) =>
  adviceFor({
    code: 'FAILED_PRECONDITION',
    reason: 'FINGERPRINT_CONFLICT',
    metadata: { name: 'sales/orders', current_fingerprint, given_fingerprint },
  });

describe('the advice on a fingerprint conflict', () => {
  it('says how to see the column, where both are fingerprints of Parquet schemas', () => {
    const advice = conflict('parquet-v1:aa', 'parquet-v1:bb');
    expect(advice).toContain('`catalogd objects sales/orders`');
    expect(advice).toContain(
      '`catalogd register sales/orders REGISTERED_FILE YOUR_FILE --dry-run`',
    );
    expect(advice).toContain('`catalogd evolve sales/orders YOUR_FILE...`');
  });

  it('says so where the registered one was made otherwise', () => {
    for (const current of ['sha256:aa', 'parquet-v2:aa']) {
      const advice = conflict(current, 'parquet-v1:bb');
      expect(advice).toContain('was not made by `catalogd register sales/orders PATH...`');
    }
  });

  it('knows nothing of others', () => {
    expect(conflict('a', 'b')).toContain('register it under another name');
  });
});
