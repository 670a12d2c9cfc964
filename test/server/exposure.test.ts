import { describe, expect, it } from '@jest/globals';
import {
  addressesOf,
  isLoopbackAddress,
  refuseAdminExposure,
  refuseExposure,
} from '../../src/server/exposure.ts';

describe('an address', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.0.0.2', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['::ffff:0.0.0.0', false],
    ['126.255.255.255', false],
    ['128.0.0.1', false],
    ['10.0.0.1', false],
    ['192.168.1.1', false],
    ['169.254.1.1', false],
    ['fe80::1', false],
    ['::2', false],
    ['2001:db8::1', false],
  ])('%s is loopback: %s', (address, loopback) => {
    expect(isLoopbackAddress(address)).toBe(loopback);
  });
});

const guard = { tls: true, auth: true, insecure: false };
const bare = { tls: false, auth: false, insecure: false };

describe('listening', () => {
  it.each<[string, string[]]>([
    ['127.0.0.1', ['127.0.0.1']],
    ['127.0.0.2', ['127.0.0.2']],
    ['::1', ['::1']],
    ['localhost', ['::1', '127.0.0.1']],
    ['no.such.host', []],
  ])('is let be on loopback: %s', (host, addresses) => {
    refuseExposure({ host, addresses, ...bare });
  });

  const BEYOND: [string, string[], string][] = [
    ['0.0.0.0', ['0.0.0.0'], '0.0.0.0 can be reached'],
    ['::', ['::'], ':: can be reached'],
    ['10.1.2.3', ['10.1.2.3'], '10.1.2.3 can be reached'],
    ['both.test', ['127.0.0.1', '10.1.2.3'], 'both.test (10.1.2.3) can be reached'],
    ['both.test', ['10.1.2.3', '::1'], 'both.test (10.1.2.3) can be reached'],
  ];

  it.each(BEYOND)(
    'beyond is refused without TLS and authentication: %s as %j',
    (host, addresses, where) => {
      const listen = (has: Partial<typeof bare>) => () =>
        refuseExposure({ host, addresses, ...bare, ...has });
      expect(listen({})).toThrow(where);
      expect(listen({})).toThrow('no TLS (--tls-cert, --tls-key) and authentication: set it up');
      expect(listen({ tls: true })).toThrow('there is no authentication: set it up');
      expect(listen({ auth: true })).toThrow('there is no TLS (--tls-cert, --tls-key): set it up');
    },
  );

  it.each(BEYOND)('beyond is let be with both, or told so: %s as %j', (host, addresses) => {
    refuseExposure({ host, addresses, ...guard });
    refuseExposure({ host, addresses, ...bare, insecure: true });
  });
});

describe('the port of the probes and metrics', () => {
  const beyond = { host: 'both.test', addresses: ['127.0.0.1', '0.0.0.0'] };

  it('is refused beyond loopback', () => {
    const listen = () => refuseAdminExposure({ ...beyond, insecure: false });
    expect(listen).toThrow('both.test (0.0.0.0) can be reached from other machines');
    expect(listen).toThrow('say --admin-insecure');
  });

  it('is let be on loopback, or when told so', () => {
    refuseAdminExposure({ host: 'a', addresses: ['127.0.0.1', '::1'], insecure: false });
    refuseAdminExposure({ ...beyond, insecure: true });
  });
});

describe('the addresses of a host', () => {
  it.each([
    ['0.0.0.0', ['0.0.0.0']],
    ['::', ['::']],
    ['127.0.0.2', ['127.0.0.2']],
    // What other notations of an address mean, the system tells.
    ['2130706433', ['127.0.0.1']],
    ['0', ['0.0.0.0']],
  ])('%s', async (host, addresses) => {
    expect(await addressesOf(host)).toEqual(addresses);
  });

  it('localhost is all loopback', async () => {
    const addresses = await addressesOf('localhost');
    expect(addresses.filter((each) => !isLoopbackAddress(each))).toEqual([]);
    expect(addresses).not.toEqual([]);
  });

  it('are none where it is not known', async () => {
    expect(await addressesOf('no-such-host.invalid')).toEqual([]);
  });
});
