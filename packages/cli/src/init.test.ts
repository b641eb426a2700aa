import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { temporaryFolder } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { hasTerminals, inTerminal } from './testing/inTerminal.ts';
import { RED } from './testing/squares.ts';
import { understory } from './testing/understory.ts';

const ground = temporaryFolder();

/** A new user's folder: photographs of two classes, and nothing else. */
const withPhotos = (): string => {
  const folder = mkdtempSync(path.join(ground, 'new-'));
  for (const name of ['ants', 'bees']) {
    mkdirSync(path.join(folder, 'photos', name), { recursive: true });
    for (let i = 0; i < 12; i++) writeFileSync(path.join(folder, 'photos', name, `${i}.png`), RED);
  }
  return folder;
};

const words = (shown: string): string => stripVTControlCharacters(shown).replaceAll(/\s+/g, ' ');

it('names its file as the data is named, and says where the run is named otherwise', async () => {
  const cwd = withPhotos();
  renameSync(path.join(cwd, 'photos'), path.join(cwd, 'Ünïcode 花'));
  const { code, stdout, stderr } = await understory(['init', '--yes', '--data', 'Ünïcode 花'], cwd);
  expect(code, stderr).toBe(0);
  expect(readFileSync(path.join(cwd, 'Ünïcode-花.yaml'), 'utf8')).toMatch(/^name: Unicode$/m);
  expect(words(stdout + stderr)).toMatch(/The run is named Unicode: .*--name gives it another/);
  expect(stdout).toContain('Written to Ünïcode-花.yaml.');
});

describe.skipIf(!hasTerminals)('init in a terminal', () => {
  it('asks for the data, the method and the size, and writes down what is answered', async () => {
    const cwd = withPhotos();
    const answers = ['photos', 'baseline', '48'];
    const { code, shown } = await inTerminal(['init'], { columns: 80, answers, cwd });
    expect(code, shown).toBe(0);
    const config = readFileSync(path.join(cwd, 'photos.yaml'), 'utf8');
    expect(config).toMatch(/root: photos, size: \[ 48, 48 \]/);
    expect(config).toMatch(/^objectives: \[ cross-entropy \]$/m);
    expect(words(shown)).toMatch(/What shall it learn from.*\[photos\].*\[cds\].*\[by the pictures\]/);
    expect(words(shown)).toMatch(/Written to photos\.yaml\. Next: understory train photos\.yaml/);
  });

  it('takes what stands in brackets where nothing is typed, as --yes does without a question', async () => {
    const [asked, quiet] = [withPhotos(), withPhotos()];
    const typed = await inTerminal(['init'], { columns: 40, answers: ['', '', ''], cwd: asked });
    expect(typed.code, typed.shown).toBe(0);
    const told = await understory(['init', '--yes'], quiet);
    expect(told.code, told.stderr).toBe(0);
    const configs = [asked, quiet].map((cwd) => readFileSync(path.join(cwd, 'photos.yaml'), 'utf8'));
    expect(configs[0]).toBe(configs[1]);
    expect(told.stdout).not.toMatch(/\?/);
  });

  it('refuses an answer that is none, says what is one, and writes nothing', async () => {
    const cwd = withPhotos();
    const { code, shown } = await inTerminal(['init'], { columns: 80, answers: ['', 'magic'], cwd });
    expect(code).toBe(1);
    expect(words(shown)).toContain('It is "magic". Say cds or baseline.');
    expect(existsSync(path.join(cwd, 'photos.yaml'))).toBe(false);
  });
});
