import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkConfig, OPEN_KEYS, openDataset, type ExperimentInput } from '@understory/config';
import { BACKBONE, readSpec, type Dataset } from '@understory/core';
import { cifarViews, fixMatchViews, imagenetViews } from '@understory/augmentations';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { settledConfig } from '../resume/settled.ts';
import { loadCpu } from '../session.ts';
import { asBegun } from './asBegun.ts';
import { resolvedConfig } from './resolvedConfig.ts';
import { suitConfig, type Suited } from './suitConfig.ts';
import { choiceLines } from './suitedText.ts';

const registry = createRegistry(defaultPlugins);
const folder = mkdtempSync(path.join(tmpdir(), 'suited-'));
const IMAGES = 24;

beforeAll(async () => {
  loadCpu();
  for (const name of ['ant', 'bee'])
    for (let i = 0; i < IMAGES; i++) {
      const file = path.join(folder, name, `${i}.png`);
      mkdirSync(path.dirname(file), { recursive: true });
      const background = { r: 10 * i, g: 40, b: name === 'ant' ? 0 : 200 };
      await sharp({ create: { width: 80, height: 80, channels: 3, background } })
        .png()
        .toFile(file);
    }
});

const images = (side: number): ExperimentInput['dataset'] => [
  'images',
  { root: folder, size: [side, side], validation: 0, testShare: 0 },
];

const suited = async (input: ExperimentInput, memory = 64e9): Promise<Suited & { dataset: Dataset }> => {
  const config = checkConfig(input, registry);
  const dataset = await openDataset(registry, config, { say: () => undefined });
  return { ...suitConfig(config, { registry, open: OPEN_KEYS, dataset, memory }), dataset };
};

const CDS = ['cross-entropy', 'contrastive-deep-supervision'];

describe('a config of three lines', () => {
  it('on photographs trains as the official ImageNet code does, in proportion to so few images', async () => {
    const { config, choices } = await suited({ dataset: images(80), backbone: 'resnet18', objectives: CDS });
    expect(config).toMatchObject({
      ...{ epochs: 60, batch: 16, backbone: ['resnet18', { stem: 'imagenet' }] },
      ...{ views: imagenetViews(80), schedule: ['cosine', { rate: 0.00625, warmupEpochs: 3 }] },
    });
    expect(choices.map(({ key }) => key)).toEqual(['backbone.stem', ...OPEN_KEYS]);
    for (const line of choiceLines(choices)) expect(line).toMatch(/^[\w.]+ .+: .+$/);
  });

  it('on photographs whose middle is evaluated takes parts that are as large', async () => {
    const { config } = await suited({
      ...{ dataset: images(80), backbone: 'resnet18', objectives: CDS },
      inferenceCrop: [70, 70],
    });
    expect(config.views).toEqual(imagenetViews(70));
  });

  it('on small images trains as the official CIFAR code does', async () => {
    const { config } = await suited({
      dataset: images(32),
      backbone: 'resnet18',
      objectives: ['cross-entropy'],
    });
    expect(config.backbone).toEqual(['resnet18', { stem: 'cifar' }]);
    expect(config.views).toEqual([cifarViews()[0].filter(([name]) => name !== 'cutout')]);
  });

  it('has one batch for methods that see an image once or twice, also where memory is short', async () => {
    const memory = 0.5e9;
    const shared = { dataset: images(80), backbone: 'resnet18' } as const;
    const [one, two] = [
      await suited({ ...shared, objectives: ['cross-entropy'] }, memory),
      await suited({ ...shared, objectives: CDS }, memory),
    ];
    expect(one.config.batch).toBe(two.config.batch);
    expect(one.config.batch).toBeLessThan(16);
    expect(choiceLines(one.choices).join()).toMatch(/MB an image in a step/);
  });

  it('written with all that was chosen is read again as the same', async () => {
    const { config } = await suited({ dataset: images(80), backbone: 'resnet18', objectives: CDS });
    const again = checkConfig(resolvedConfig(registry, config), registry);
    expect(settledConfig(registry, again)).toEqual(settledConfig(registry, config));
  });
});

describe('what a config names', () => {
  it('stays, and the stem of a backbone that has none is not spoken of', async () => {
    const named = { stem: 'cifar', width: 0.5 };
    const { config } = await suited({ dataset: images(80), backbone: ['resnet18', named] });
    expect(config.backbone).toEqual(['resnet18', named]);
  });

  it('is accepted by every backbone that the software brings', async () => {
    const { dataset } = await suited({ dataset: images(80) });
    for (const { name, options } of registry.list(BACKBONE)) {
      const config = checkConfig({ dataset: images(80), backbone: name }, registry);
      const { config: settled } = suitConfig(config, { registry, open: [], dataset });
      const [, given] = readSpec(settled.backbone) ?? [];
      expect(() => options.parse(given), name).not.toThrow();
      expect(given, name).toEqual({ stem: 'imagenet' });
    }
  });

  it('and views that objectives were made for are kept in their streams, and told', async () => {
    const { config, choices } = await suited({
      ...{ dataset: images(32), unlabelled: { labelled: 0.5, batch: 8 }, backbone: 'resnet18' },
      objectives: ['cross-entropy', 'fixmatch'],
    });
    expect(config.unlabelled?.views).toEqual(fixMatchViews());
    expect(choices).toContainEqual(
      expect.objectContaining({ key: 'unlabelled.views', value: fixMatchViews() }),
    );
  });
});

describe('a run that goes on', () => {
  it('keeps what it chose when it began, and takes a rate that is given', async () => {
    const { config: before } = await suited(
      { dataset: images(80), backbone: 'resnet18', objectives: CDS },
      0.5e9,
    );
    const left = checkConfig({ dataset: images(80), backbone: 'resnet18', objectives: CDS }, registry);
    expect(asBegun(left, OPEN_KEYS, before)).toEqual(before);
    const rate = { ...left, schedule: ['multi-step', { rate: 1 }] as const };
    expect(asBegun(rate, OPEN_KEYS, before).schedule).toEqual(['cosine', { rate: 1, warmupEpochs: 3 }]);
  });
});
