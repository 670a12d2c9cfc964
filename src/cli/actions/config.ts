import { effectiveSettings } from '../../config/read.ts';
import { renderConfig } from '../../config/render.ts';
import { SETTINGS } from '../../config/settings.ts';
import { type Io, writeOut } from '../io.ts';

/**
 * Carries out `catalogd config`.
 *
 * @throws {ConfigError} if a setting is wrong.
 */
export async function config(flags: Record<string, unknown>, io: Io): Promise<void> {
  await writeOut(
    io.stdout,
    renderConfig(await effectiveSettings(SETTINGS, { flags, env: io.env })),
  );
}
