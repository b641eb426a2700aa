import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writePhotos } from '../testing/photos.ts';
import { openComparison } from './openComparison.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'compared-'));
const write = (name: string, root: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const dataset = `dataset: [images, { root: ${root}, size: [16, 16] }]`;
  writeFileSync(
    file,
    `name: ${path.basename(name, '.yaml')}\n${dataset}\nbackbone: [resnet18, { width: 0.0625 }]\n`,
  );
  return file;
};

beforeAll(async () => {
  await writePhotos(path.join(folder, 'photos'), 6);
});

describe('configs of several folders', () => {
  it('are compared where their paths lead to one place, which all name as the first one does', async () => {
    const { contenders } = await openComparison([
      write('a.yaml', 'photos'),
      write('sub/b.yaml', '../photos'),
    ]);
    const options = { root: 'photos', size: [16, 16] };
    expect(contenders(0).map(({ config }) => config.dataset)).toEqual([
      ['images', options],
      ['images', options],
    ]);
  });

  it('are trained with the first one’s seeds, and told apart by names', async () => {
    const [a, b] = [write('a.yaml', 'photos'), write('sub/e.yaml', '../photos')];
    writeFileSync(b, `${readFileSync(b, 'utf8')}seed: 5\n`);
    const said: string[] = [];
    const { contenders } = await openComparison([a, b], [], { say: (line) => void said.push(line) });
    expect(contenders(1).map(({ config: { seed, name } }) => `${name} ${seed}`)).toEqual([
      'a-seed1 1',
      'e-seed1 1',
    ]);
    expect(said.join()).toMatch(/trained with the first config's seed, 0, and those after it/);
    await expect(openComparison([a, write('sub/a.yaml', '../photos')])).rejects.toThrow(
      /a\.yaml and .*sub\/a\.yaml are both named "a"/,
    );
  });

  it('are refused where the same words lead to two places, which are named', async () => {
    const compared = openComparison([write('a.yaml', 'photos'), write('sub/c.yaml', 'photos')]);
    await expect(compared).rejects.toThrow(/need one dataset; these name .*\/photos.*\/sub\/photos/);
  });
});
