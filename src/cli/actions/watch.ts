import { toJson } from '@bufbuild/protobuf';
import { ManifestSchema } from '../../../gen/catalogd/v1/catalog_pb.ts';
import type { WatchEvent, WatchState } from '../../client/client.ts';
import { withClient } from '../connection.ts';
import { type Io, writeOut } from '../io.ts';
import { writeNote } from '../note.ts';
import { counted } from '../output/counted.ts';
import { jsonLine } from '../output/escape.ts';
import { MANIFEST_COLUMNS, manifestRow } from '../output/manifest.ts';
import { type Column, Table } from '../output/table.ts';

/** Carries out `catalogd watch`: prints each event as it arrives, until a signal ends it. */
export async function watch(prefix: string, flags: Record<string, unknown>, io: Io): Promise<void> {
  const stopped = new AbortController();
  const ignoreSignals = io.onStopSignal(() => stopped.abort());
  const line = flags.json === true ? jsonEvent : textEvent();
  try {
    await withClient({ flags, env: io.env }, async (client) => {
      const options = { signal: stopped.signal, onStateChange: connectionTeller(io, flags) };
      for await (const event of client.watchManifests({ prefix }, options)) {
        await writeOut(io.stdout, line(event));
      }
    });
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
  } finally {
    ignoreSignals();
  }
}

/** Tells of a connection that is lost, and of the next one. */
function connectionTeller(io: Io, flags: Record<string, unknown>): (state: WatchState) => void {
  const asJson = { json: flags.json === true };
  let lost = false;
  return (change) => {
    if (change.state === 'disconnected') {
      const seconds = (change.retryInMs / 1_000).toFixed(1);
      const text = `not connected: ${change.error.message}; trying again in ${seconds} s`;
      writeNote(io, asJson, text);
      lost = true;
    } else if (lost) {
      writeNote(io, asJson, 'connected again');
      lost = false;
    }
  };
}

/** As wide as what may stand there later: lines that are printed already cannot be aligned anew. */
const COLUMNS: readonly Column[] = [
  { title: 'EVENT'.padEnd('removed'.length), align: 'left' },
  { title: 'UPDATED'.padEnd('2026-11-22T09:50:19.000001Z'.length), align: 'left' },
  ...MANIFEST_COLUMNS.slice(1),
];

/** Makes events lines of one table. */
function textEvent(): (event: WatchEvent) => string {
  const table = new Table(COLUMNS);
  return (event) => {
    switch (event.type) {
      case 'put':
        return table.render([['put', ...manifestRow(event.manifest)]]);
      case 'removed': {
        const version = event.version === 0n ? '-' : String(event.version);
        return table.render([['removed', '-', version, '-', '-', '-', event.name]]);
      }
      case 'synced': {
        const { length } = event.unreadableNames;
        const note = length === 0 ? '' : `(${counted(length, 'manifest')} cannot be read)`;
        return table.render([['synced', '-', '-', '-', '-', '-', note]]);
      }
    }
  };
}

/** The fields of WatchManifestsResponse in proto3 JSON. */
function jsonEvent(event: WatchEvent): string {
  switch (event.type) {
    case 'put':
      return jsonLine({
        put: toJson(ManifestSchema, event.manifest, { alwaysEmitImplicit: true }),
      });
    case 'removed':
      return jsonLine({ removed: { name: event.name, version: String(event.version) } });
    case 'synced':
      return jsonLine({ synced: { unreadableNames: event.unreadableNames } });
  }
}
