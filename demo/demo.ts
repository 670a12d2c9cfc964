/**
 * `npm run demo`: the life of a dataset in one terminal session. Starts a catalog in a temporary folder,
 * registers a real public dataset, and does with it what the README promises. Every command is run as
 * it is shown; the first one that does not do what it should ends the demo with exit code 1.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDb } from './duckdb.ts';
import { catalogd, check, DemoFailure, kill, killAll, print, remark, serve } from './terminal.ts';

/** A development dependency brings it. What its licence is, the first remark of the demo says. */
const FLIGHTS = 'node_modules/vega-datasets/data/flights-3m.parquet';
const NAME = 'travel/flights';
/** Of the file above, and of the file derived from it. */
const [ROWS, DERIVED_ROWS] = ['3000000', '182'];

async function demo(folder: string): Promise<void> {
  const store = ['serve', '--store', `file:${folder}/catalog`];
  const derived = `${folder}/by-day.parquet`;
  const manifests = `${folder}/catalog/_catalog/manifests/**/*.parquet`;

  print('# 3 million flights within the USA, January to June 2001, collected by the Bureau of');
  print(
    '# Transportation Statistics and shipped by the npm package vega-datasets. The package is under',
  );
  print('# BSD-3-Clause; of the data it says: collected under 14 CFR 234, licence not specified.');

  remark('A catalog needs a folder, or a bucket, and no database.');
  const first = await serve([...store, '--listen', '127.0.0.1:0']);
  const { address } = first;
  print(`$ export CATALOGD_ADDRESS=${address}`);

  remark('Register the dataset: only the footer of the file is read.');
  const register = (name: string, file: string) => ['register', name, file];
  const created = await catalogd(register(NAME, FLIGHTS), address, {
    output: [/created at version 1/, new RegExp(`rows +${ROWS}`)],
  });

  remark('Once more: it is there already, so it is the same dataset, one version on.');
  const again = await catalogd(register(NAME, FLIGHTS), address, {
    output: [/updated at version 2/],
  });
  if (field(again, 'dataset id') !== field(created, 'dataset id')) {
    throw new DemoFailure('the dataset id has changed');
  }

  remark('Somebody mistakes a table with other columns for it: refused, and nothing changes.');
  const duckdb = await DuckDb.open();
  try {
    await duckdb.run(
      [
        'COPY (SELECT date::DATE AS day, count(*) AS flights, avg(delay) AS mean_delay',
        `      FROM '${FLIGHTS}' GROUP BY day ORDER BY day)`,
        `TO '${derived}' (FORMAT parquet);`,
      ].join('\n'),
      'none',
    );
    await catalogd(register(NAME, derived), address, {
      exitCode: 4,
      output: [/FINGERPRINT_CONFLICT/, new RegExp(field(created, 'fingerprint'))],
    });

    remark('Under a name of its own it is welcome.');
    await catalogd(register(`${NAME}-by-day`, derived), address, {
      output: [/created at version 1/, new RegExp(`rows +${DERIVED_ROWS}`)],
    });

    remark('What was acknowledged survives a crash.');
    print('$ kill -9 %1');
    await kill(first);
    await serve([...store, '--listen', address]);
    await catalogd(['list'], address, {
      output: [
        new RegExp(`2 +${ROWS} .* ${NAME}$`, 'm'),
        new RegExp(`1 +${DERIVED_ROWS} .*by-day$`, 'm'),
      ],
    });

    remark('The catalog is Parquet too: any SQL engine reads it, with no service in between.');
    const rows = await duckdb.run(
      [
        'SELECT name, version, row_count, len(objects) AS objects',
        `FROM read_parquet('${manifests}')`,
        'WHERE deleted_at IS NULL ORDER BY name;',
      ].join('\n'),
      'rows',
    );
    check(rows.map((row) => `${row.name} ${row.version} ${row.row_count}`).join('\n'), [
      new RegExp(`^${NAME} 2 ${ROWS}\n${NAME}-by-day 1 ${DERIVED_ROWS}$`),
    ]);

    remark('And it leads to the data.');
    await duckdb.run(
      [
        'SET VARIABLE files = (SELECT [url_decode(object.key) FOR object IN objects]',
        `                      FROM read_parquet('${manifests}')`,
        `                      WHERE name = '${NAME}' AND deleted_at IS NULL);`,
      ].join('\n'),
      'none',
    );
    const airports = await duckdb.run(
      [
        'SELECT origin, count(*) AS flights, round(avg(delay), 1) AS mean_delay',
        "FROM read_parquet(getvariable('files'))",
        'GROUP BY origin ORDER BY flights DESC LIMIT 3;',
      ].join('\n'),
      'rows',
    );
    if (airports.length !== 3) throw new DemoFailure(`${airports.length} airports, expected 3`);
  } finally {
    duckdb.close();
  }
}

/** The value of a line such as `dataset id   f788...`. */
function field(output: string, title: string): string {
  const value = new RegExp(`^${title} +(\\S+)$`, 'm').exec(output)?.[1];
  if (value === undefined) throw new DemoFailure(`the output has no line "${title}"`);
  return value;
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const folder = await mkdtemp(join(tmpdir(), 'catalogd-demo-'));
const cleanUp = async () => {
  await killAll();
  await rm(folder, { recursive: true, force: true });
};
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(code)));
}
try {
  await demo(folder);
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof DemoFailure ? `\ndemo failed: ${error.message}` : error);
} finally {
  await cleanUp();
}
