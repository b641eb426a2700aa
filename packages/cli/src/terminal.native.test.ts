import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { understory } from './testing/understory.ts';

const folder = temporaryFolder();
const put = (name: string, text: string): void => {
  writeFileSync(path.join(folder, name), text);
};

beforeAll(() => {
  put('base.yaml', 'name: tiny\ndataset: [emoji, { limit: 160 }]\nbackbone: [resnet18, { width: 0.0625 }]\n');
  put('more.yaml', 'objectives: [cross-entropy]\nepochs: 1\nbatch: 16\n');
  put(
    'mine.ts',
    `const options = { parse: (value: unknown): object => (value ?? {}) as object };
     export const reporter = {
       token: { key: 'reporter' }, name: 'breaks', summary: 'Breaks', options,
       create: () => ({ report(event: { type: string; step?: number }) { if (event.type === 'step' && event.step === 3) (undefined as any).x(); } }),
     };`,
  );
});

const files = ['base.yaml', 'more.yaml'];

describe('understory train', () => {
  it('tries a config of several files out: what, memory, time; nothing is kept', async () => {
    const { code, stdout, stderr } = await understory(['train', ...files, '--dry-run'], folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /backbone\.stem cifar: .*\n {2}views crop \+ flip: .*\n {2}schedule cosine, rate 0\.0125/,
    );
    expect(stdout).toMatch(/\d+ classes; \d+ train/);
    expect(stdout).toMatch(/Memory: \d+\.\d GB.*\nTime: \d+ ms a step/);
    expect(existsSync(path.join(folder, 'runs'))).toBe(false);
  });

  it('tries out a run of fewer steps than it would, and a warm-up that never ends is told', async () => {
    const short = ['--set', 'batch=64', '--set', 'schedule=[cosine, { warmupEpochs: 3 }]'];
    const { code, stdout, stderr } = await understory(['train', ...files, ...short, '--dry-run'], folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Time: \d+ ms a step/);
    expect(stdout + stderr).toMatch(/schedule\.warmupEpochs is 3 and epochs is 1: the rate rises until/);
  });

  it('names a plugin in its error, in TypeScript too, and lists the run as crashed with the reason', async () => {
    const { code, stderr } = await understory(
      ['train', ...files, '--plugin', './mine.ts', '--set', 'reporters=[breaks]', '--set', 'name=broken'],
      folder,
    );
    expect(code).toBe(70);
    expect(stderr).toMatch(/reporter "breaks" of ".*mine\.ts": Cannot read properties of undefined/);
    const { stdout } = await understory(['runs'], folder);
    expect(stdout).toMatch(/^broken +crashed/m);
    expect(stdout).toMatch(/broken crashed\. reporter "breaks" of/);
  });

  it('says its results alone with --quiet, and what it trained is a page by report', async () => {
    const { code, stdout, stderr } = await understory(['train', ...files, '--quiet'], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\nTest set[^]*\nKept in runs\/tiny\n$/);
    const made = await understory(['report', 'runs/tiny', '--title', 'A page', '--out', 'page.html'], folder);
    expect(made.code, made.stderr).toBe(0);
    expect(readFileSync(path.join(folder, 'page.html'), 'utf8')).toContain('<title>A page');
    expect(readdirSync(path.join(folder, 'runs', 'tiny'))).toContain('report.html');
  });
});

describe('understory config', () => {
  it('prints a config with all that it leaves out, which is read again as the same', async () => {
    const { stdout, code } = await understory(['config', ...files, '--resolved'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^# schedule .*\nschedule: \[ cosine, \{ rate: 0\.0125, final: 0, warmupEpochs: 0 \} \]$/m,
    );
    put('whole.yaml', stdout);
    const again = await understory(['config', 'whole.yaml'], folder);
    expect(again.stdout.replaceAll(/^#.*\n/gm, '')).toBe(stdout.replaceAll(/^#.*\n/gm, ''));
  });

  it('has the plugins of --plugin in its schema', async () => {
    const { stdout } = await understory(['config', '--schema', '--plugin', './mine.ts'], folder);
    expect(stdout).toContain('"breaks"');
  });
});
