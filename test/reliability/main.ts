/** `npm run test:reliability -- NAME ...`: one of the programs of this folder. */
const PROGRAMS: Readonly<Record<string, () => Promise<unknown>>> = {
  fuzz: () => import('./fuzz.ts'),
  overload: () => import('./overload.ts'),
  outage: () => import('./outage.ts'),
  soak: () => import('./soak.ts'),
};

const program = PROGRAMS[process.argv[2] ?? ''];
if (program === undefined) {
  const names = Object.keys(PROGRAMS).join(' | ');
  console.error(`npm run test:reliability -- ${names} [--seconds N | --minutes N] [--seed N]`);
  process.exit(2);
}
await program();
