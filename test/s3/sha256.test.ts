import { describe, expect, it } from '@jest/globals';
import { Sha256 } from '../../src/s3/sha256.ts';

const bytes = (text: string) => Buffer.from(text);
const hex = async (hash: Sha256) => Buffer.from(await hash.digest()).toString('hex');

describe('Sha256', () => {
  it('hashes what it is given in pieces, and anew after a reset', async () => {
    // FIPS 180-2, appendix B.1.
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const hash = new Sha256();
    hash.update(bytes('a'));
    hash.update(bytes('bc'));
    expect(await hex(hash)).toBe(abc);
    hash.reset();
    hash.update(bytes('abc'));
    expect(await hex(hash)).toBe(abc);
  });

  it('is an HMAC with a secret, whatever form that has, and whichever came before', async () => {
    // RFC 4231, test case 2.
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    const secret = bytes('Jefe');
    for (const form of ['Jefe', secret, secret, new Uint8Array(secret).buffer, 'Jefe']) {
      const hash = new Sha256(form);
      hash.update(bytes('what do ya want for nothing?'));
      expect(await hex(hash)).toBe(expected);
      const another = new Sha256('another');
      another.update(bytes('what do ya want for nothing?'));
      expect(await hex(another)).not.toBe(expected);
    }
  });
});
