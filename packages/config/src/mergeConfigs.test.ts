import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './node/load.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'merged-'));
const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const base = write(
  'base.yaml',
  'dataset: emoji\nepochs: 3\nbatch: 8\nobjectives: [cross-entropy]\nengine: { mode: eager, threads: 2 }\n',
);

describe('several configs', () => {
  it('are one: a later key takes an earlier one’s place, keys of maps each by themselves, lists whole', async () => {
    const more = write(
      'more.yaml',
      'epochs: 5\nobjectives: [deeply-supervised-nets]\nengine: { threads: 1 }\n',
    );
    const { config } = await loadConfig([base, more], ['batch=4']);
    expect(config).toMatchObject({
      ...{ dataset: 'emoji', epochs: 5, batch: 4, objectives: ['deeply-supervised-nets'] },
      engine: { mode: 'eager', threads: 1 },
    });
  });

  it('name the file that a wrong key is in', async () => {
    const wrong = write('wrong.yaml', 'seed: 1\nepochs: -1\n');
    await expect(loadConfig([base, wrong])).rejects.toThrow(/wrong\.yaml:2:9: .*epochs/);
    const unknown = write('unknown.yaml', 'epocs: 1\n');
    await expect(loadConfig([base, unknown])).rejects.toThrow(/unknown\.yaml:1:1: .*"epocs"/);
    await expect(loadConfig([wrong, base])).resolves.toMatchObject({ config: { epochs: 3, seed: 1 } });
  });

  it('of several folders: what counts from a folder counts from that of its own file', async () => {
    const other = write('other/weights.yaml', 'weights: { run: runs/a }\nplugins: [./p.ts, some-package]\n');
    const { config, folder: own } = await loadConfig([base, other]);
    expect(own).toBe(folder);
    expect(config.weights).toEqual({ run: path.join(folder, 'other/runs/a') });
    expect(config.plugins).toEqual([path.join(folder, 'other/p.ts'), 'some-package']);
  });
});

describe('what a config leaves to its data', () => {
  const open = async (text: string, set: readonly string[] = []): Promise<readonly string[]> =>
    (await loadConfig(write('open.yaml', text), set)).open;

  it('are the keys that neither file nor change names', async () => {
    expect(await open('dataset: emoji')).toEqual(['epochs', 'batch', 'views', 'schedule']);
    expect(await open('dataset: emoji\nbatch: 8', ['epochs=3'])).toEqual(['views', 'schedule']);
    expect(await open('dataset: emoji\nviews: [[crop]]\nschedule: constant')).toEqual(['epochs', 'batch']);
    expect((await loadConfig([base, write('views.yaml', 'views: [[flip]]')])).open).toEqual(['schedule']);
  });

  it('stay open where a change gives the rate alone, and not where it names a schedule or its own options', async () => {
    expect(await open('dataset: emoji', ['schedule.rate=0.3'])).toContain('schedule');
    expect(await open('dataset: emoji', ['schedule=constant', 'schedule.rate=0.3'])).not.toContain(
      'schedule',
    );
    expect(await open('dataset: emoji', ['schedule.milestones=[1]'])).not.toContain('schedule');
    expect(await open('dataset: emoji\nschedule: cosine', ['schedule.rate=1'])).not.toContain('schedule');
  });
});
