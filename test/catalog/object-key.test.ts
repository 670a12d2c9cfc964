import { describe, expect, it } from '@jest/globals';
import { type Roots, reservedKeys } from '../../src/catalog/object-key.ts';

const s3: Roots = { store: 's3://lake/warehouse' };
const file: Roots = { store: 'file:///var/lib/catalogd' };
const apart: Roots = { store: 's3://catalog', data: 's3://data/root' };
const memory: Roots = {};
const linked: Roots = { ...file, aliases: ['file:///mnt/disk1/catalogd'] };

describe('reservedKeys', () => {
  it.each<[Roots, string]>([
    [s3, 's3://lake/warehouse/_catalog/manifests/a.parquet'],
    [s3, 's3a://lake/warehouse/_catalog/x'],
    [s3, 'S3://lake/warehouse/_catalog'],
    [s3, 's3://lake/warehouse/./_catalog/x'],
    [s3, 's3://lake/warehouse//_catalog/x'],
    [s3, 's3://lake/warehouse/%5Fcatalog/x'],
    [s3, 's3://lake/warehouse/a/../_catalog/x'],
    [s3, '_catalog/x'],
    [s3, './_catalog/x'],
    [s3, 'a/../_catalog/x'],
    [file, 'file:///var/lib/catalogd/_catalog/manifests/a.parquet'],
    [file, 'file://localhost/var/lib/catalogd/_catalog/x'],
    [file, 'file:/var/lib/catalogd/_catalog/x'],
    [file, 'file:///var/lib/catalogd/_CATALOG/x'],
    [file, '_catalog'],
    [apart, 's3://catalog/_catalog/x'],
    [apart, '../../catalog/_catalog/x'],
    [memory, '_catalog/x'],
    [linked, 'file:///mnt/disk1/catalogd/_catalog/x'],
    [linked, 'file:///var/lib/catalogd/_catalog/x'],
    [linked, '/var/lib/catalogd/_catalog/x'],
    [{ ...s3, data: 's3://lake/warehouse/_catalog' }, 'manifests/a.parquet'],
  ])('refuses with %j the key %j', (roots, key) => {
    expect(reservedKeys(roots)(key)).toBe(true);
  });

  it.each<[Roots, string]>([
    [s3, 's3://lake/warehouse/orders/_catalog/x'],
    [s3, 's3://lake/_catalog/x'],
    [s3, 's3://other/warehouse/_catalog/x'],
    [s3, 's3://lake/warehouse/_catalogue/x'],
    [s3, 'orders/0.parquet'],
    [s3, '100%'],
    [file, 'file:///var/lib/catalogd/data/_catalog'],
    [apart, '_catalog/x'],
    [memory, 's3://lake/_catalog/x'],
  ])('accepts with %j the key %j', (roots, key) => {
    expect(reservedKeys(roots)(key)).toBe(false);
  });
});
