import { describe, expect, it } from '@jest/globals';
import { progressBar } from '../../src/cli/progress-bar.ts';
import { capture } from './run-cli.ts';

describe('progressBar', () => {
  it('shows nothing where there is no terminal', () => {
    const stream = capture();
    const bar = progressBar(stream, 1, () => 0);
    bar.show({ files: 1, bytesRead: 1 });
    bar.clear();
    expect(stream.text).toBe('');
  });

  it('is drawn over itself, not more than ten times a second', () => {
    const stream = Object.assign(capture(), { isTTY: true });
    let now = 0;
    const bar = progressBar(stream, 200, () => now);
    for (let files = 0; files <= 200; files += 1) {
      now = files;
      bar.show({ files, bytesRead: files * 1024 });
    }
    bar.clear();
    expect(stream.text.split('\r\x1b[K')).toEqual([
      '',
      'reading footers [..............................] 0 of 200, 0 B',
      'reading footers [###############...............] 100 of 200, 100.0 KiB',
      'reading footers [##############################] 200 of 200, 200.0 KiB',
      '',
    ]);
  });

  it('takes nothing off that it has not drawn', () => {
    const stream = Object.assign(capture(), { isTTY: true });
    progressBar(stream, 1, () => 0).clear();
    expect(stream.text).toBe('');
  });
});
