import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunInfo } from '@understory/runs';
import { temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { RED } from './testing/squares.ts';
import { understory } from './testing/understory.ts';

const CONFIG = `name: reds
dataset: [images, { root: photos, size: [16, 16] }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy]
epochs: 1
batch: 8
reporters: []
`;

const project = temporaryFolder();
const elsewhere = temporaryFolder();
const inside = path.join(project, 'inside');
const run = path.join(inside, 'runs/reds');

beforeAll(async () => {
  for (const name of ['cat', 'dog']) {
    mkdirSync(path.join(project, 'photos', name), { recursive: true });
    for (let i = 0; i < 12; i++) writeFileSync(path.join(project, 'photos', name, `${i}.png`), RED);
  }
  mkdirSync(inside);
  writeFileSync(path.join(project, 'reds.yaml'), CONFIG);
  const { code, stderr } = await understory(['train', '../reds.yaml'], inside);
  expect(code, stderr).toBe(0);
});

describe('a config and its run', () => {
  it('keep the paths of the data as they are written, wherever they are trained', () => {
    const { config, folder } = JSON.parse(readFileSync(path.join(run, 'config.json'), 'utf8')) as RunInfo;
    expect(config.dataset).toEqual(['images', { root: 'photos', size: [16, 16] }]);
    expect(folder).toBe(project);
  });

  it('find the data from any folder', async () => {
    const evaluated = await understory(['evaluate', run], elsewhere);
    expect(evaluated.code, evaluated.stderr).toBe(0);
    expect(evaluated.stdout).toMatch(/4 test images/);
    const checked = await understory(['data', 'check', path.join(project, 'reds.yaml')], elsewhere);
    expect(checked.code, checked.stderr).toBe(0);
  });

  it('find a teacher from any folder', async () => {
    const teacher = '[knowledge-distillation, { teacher: { run: inside/runs/reds } }]';
    const student = CONFIG.replace('name: reds', 'name: student').replace('[cross-entropy]', `[${teacher}]`);
    writeFileSync(path.join(project, 'student.yaml'), student);
    const { code, stderr } = await understory(['train', path.join(project, 'student.yaml')], elsewhere);
    expect(code, stderr).toBe(0);
  });

  it('that find none name the key, and the whole path that they looked at', async () => {
    const { code, stderr } = await understory(
      ['train', '../reds.yaml', '--set', 'dataset.root=none', '--dry-run'],
      inside,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('../reds.yaml:2:10: Cannot use ../none as a dataset');
    expect(stderr).toContain(`there is nothing at ${path.join(project, 'none')}. Relative paths of a config`);
  });
});

describe('a path on the command line', () => {
  it('counts from the current folder, and is written into a new config as that finds it', async () => {
    const checked = await understory(['data', 'check', 'images', '../photos'], inside);
    expect(checked.code, checked.stderr).toBe(0);
    const made = ['init', '--data', '../photos', '--out', '../new.yaml', '--size', '16', '--yes'];
    const { code, stderr } = await understory(made, inside);
    expect(code, stderr).toBe(0);
    expect(readFileSync(path.join(project, 'new.yaml'), 'utf8')).toMatch(/root: photos,/);
  });
});
