import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkConfig } from '@understory/config';
import { loadConfig } from '@understory/config/node';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCpu } from '../session.ts';
import { dataAt, findData } from './findData.ts';
import { initConfig } from './initConfig.ts';

const registry = createRegistry(defaultPlugins);
const folder = mkdtempSync(path.join(tmpdir(), 'init-'));
const place = (...names: string[]): string => path.join(folder, ...names);

const picture = async (file: string, side: number, red = 90): Promise<void> => {
  mkdirSync(path.dirname(file), { recursive: true });
  const background = { r: red, g: 10, b: 30 };
  await sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toFile(file);
};

beforeAll(async () => {
  loadCpu();
  for (const name of ['ant', 'bee'])
    for (let i = 0; i < 12; i++) await picture(place('photos', name, `${i}.png`), 100, 20 * i);
  for (const name of ['ant', 'bee']) await picture(place('sets', 'split', 'train', name, 'a.png'), 8);
  mkdirSync(place('sets', 'boxes', 'Annotations'), { recursive: true });
  mkdirSync(place('sets', 'boxes', 'JPEGImages'));
  await picture(place('sets', 'alone', 'a.png'), 8);
  mkdirSync(place('sets', 'node_modules', 'a'), { recursive: true });
  writeFileSync(place('sets', 'more.tar.gz'), '');
  await picture(place('here', 'ant', 'a.png'), 8);
  await picture(place('here', 'bee', 'a.png'), 8);
  mkdirSync(place('here', 'notes'));
});

describe('data in a folder', () => {
  it('is found by its look: class folders, splits of them, Pascal VOC, archives', async () => {
    expect(await findData(place('sets'))).toEqual([
      { plugin: 'voc', root: 'boxes' },
      { plugin: 'images', root: 'split' },
      { plugin: 'images', root: 'more.tar.gz' },
    ]);
    expect(await dataAt(place('sets', 'alone'))).toBeUndefined();
  });

  it('may lie behind links', async () => {
    mkdirSync(place('linked', 'flowers'), { recursive: true });
    for (const name of ['ant', 'bee']) symlinkSync(place('photos', name), place('linked', 'flowers', name));
    symlinkSync(place('photos'), place('linked', 'photos'));
    symlinkSync(place('nowhere'), place('linked', 'gone'));
    expect(await findData(place('linked'))).toEqual([
      { plugin: 'images', root: 'flowers' },
      { plugin: 'images', root: 'photos' },
    ]);
  });

  it('may be class folders beside other things, which are named then', async () => {
    expect(await findData(place('here'))).toEqual([{ plugin: 'images', root: '.', classes: ['ant', 'bee'] }]);
    expect(await findData(place('photos', 'ant'))).toEqual([]);
  });
});

describe('a new config', () => {
  it('says what the data chose, with why, and leaves nothing open when it is read', async () => {
    const data = await dataAt(place('photos'));
    const { text, about } = await initConfig({
      ...{ registry, data, name: 'photos', backbone: 'resnet18', width: 0.5, method: 'cds' },
      say: () => undefined,
    });
    expect(about).toMatch(/^2 classes; \d+ train, \d+ validation \(taken from train\), \d+ test/);
    expect(text).toMatch(/# the most, for \d+ training images\nepochs: 60\n/);
    const file = place('photos.yaml');
    writeFileSync(file, text);
    const { config, open } = await loadConfig(file);
    expect(open).toEqual([]);
    expect(config.dataset).toEqual(['images', { root: place('photos'), size: [96, 96] }]);
    expect(config.backbone).toEqual(['resnet18', { width: 0.5, stem: 'imagenet' }]);
    expect(() => checkConfig(config, registry)).not.toThrow();
  });

  it('names its data from the folder that it will lie in', async () => {
    const data = await dataAt(path.relative('', place('photos')));
    const { text } = await initConfig({
      ...{ registry, folder: place('configs', 'new'), data, name: 'photos' },
      ...{ backbone: 'resnet18', width: 0.5, method: 'cds', size: 32 },
      say: () => undefined,
    });
    expect(text).toMatch(/root: \.\.\/\.\.\/photos, size/);
  });

  it('is of the emoji set where there is no data, and of the network alone where that is asked for', async () => {
    const { text } = await initConfig({
      ...{ registry, data: undefined, name: 'emoji', backbone: 'resnet18', width: 0.25, method: 'baseline' },
      say: () => undefined,
    });
    expect(text).toMatch(/^dataset: emoji$/m);
    expect(text).toMatch(/^objectives: \[ cross-entropy \]$/m);
  });
});
