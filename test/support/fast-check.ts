import fc from 'fast-check';

/**
 * fast-check with the seed of CATALOGD_TEST_PROPERTY_SEED, 1 without it: a commit that passes once passes again,
 * and `npm run test:nightly` looks where nobody has looked yet.
 */
fc.configureGlobal({ seed: Number(process.env.CATALOGD_TEST_PROPERTY_SEED ?? 1) });

export default fc;
