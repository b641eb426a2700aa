import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseConfig, type ExperimentInput } from '@understory/config';
import { eagerRunner, seedOf, type Spec } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runExperiment } from '../run/runExperiment.ts';
import { temporaryFolder } from '../testing/index.ts';
import { evaluateRun } from './evaluate/evaluateRun.ts';
import { exportRun } from './export/exportRun.ts';
import { predictImages, type ImagePrediction } from './predictImages.ts';
import { openPredictor } from './serve/openPredictor.ts';

const ground = temporaryFolder();
const at = (...names: string[]): string => path.join(ground, ...names);
const registry = createRegistry(defaultPlugins);
const say = (): void => undefined;

const [HEIGHT, WIDTH, SIDE] = [37, 40, 32];
// Half of 5 rows is 2.5, which torchvision rounds to the even 2.
const MIDDLE = { top: 2, left: 4, width: SIDE, height: SIDE };

/** A picture of noise that a class tints, as it is and cut to its middle. */
const writePictures = async (name: string, tint: number, seed: number): Promise<void> => {
  const rng = seedOf(seed).rng();
  const noise = Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, i) =>
    Math.floor(rng.uniform() * 128 + (i % 3 === tint ? 100 : 0)),
  );
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  for (const tree of ['whole', 'cut']) mkdirSync(path.dirname(at(tree, name)), { recursive: true });
  await sharp(noise, { raw }).png().toFile(at('whole', name));
  await sharp(noise, { raw }).extract(MIDDLE).png().toFile(at('cut', name));
};

/** A transformer, which sees images of one size alone. */
const SHARED = {
  backbone: ['vit-s16', { stem: 'cifar', width: 0.17, depth: 0.3 }],
  ...{ batch: 8, epochs: 1, optimizer: 'adamw', schedule: ['constant', { rate: 0.003 }] },
  evaluators: [['knn', { k: 3 }], 'depth-lens'],
} satisfies Partial<ExperimentInput>;

const train = async (config: Pick<ExperimentInput, 'name' | 'dataset'> & Partial<ExperimentInput>) => {
  const { run, training, done } = await runExperiment({
    ...{ registry, runs: ground, runner: eagerRunner(), folder: ground, say },
    config: parseConfig({ ...SHARED, ...config }),
  });
  training.dispose();
  return { run: run.folder, result: done.result! };
};

const dataset = (tree: string, size: [number, number]): ExperimentInput['dataset'] => [
  'images',
  { root: at(tree), size, validation: 0.25 },
];

describe('a run with "inferenceCrop", and one of images that were cut beforehand', () => {
  let cropped: Awaited<ReturnType<typeof train>>;
  let cut: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    for (const [split, count] of [
      ['train', 8],
      ['test', 5],
    ] as const)
      for (const [tint, name] of ['red', 'green', 'blue'].entries())
        for (let i = 0; i < count; i++)
          await writePictures(
            `${split}/${name}/${i}.png`,
            tint,
            1000 * tint + (split === 'test' ? 500 : 0) + i,
          );
    const view: Spec[] = [['center-crop', { size: SIDE }]];
    cropped = await train({
      ...{ name: 'cropped', dataset: dataset('whole', [HEIGHT, WIDTH]) },
      ...{ views: [view, view], inferenceCrop: [SIDE, SIDE] },
    });
    cut = await train({ name: 'cut', dataset: dataset('cut', [SIDE, SIDE]), views: [[], []] });
  });

  it('measure the same while they train', () => {
    expect(cropped.result).toEqual(cut.result);
  });

  it('measure the same afterwards: evaluators, views, exits, other data', async () => {
    const measured = async ({ run }: { run: string }, tree: string, size: [number, number]) => {
      const outside = { config: parseConfig({ dataset: dataset(tree, size) }), registry };
      const extras = { evaluators: ['linear-probe'], views: 3, exits: true, outside, temperature: true };
      const found = await evaluateRun({ run, checkpoint: 'best', split: 'test', say, ...extras });
      expect(found.outside?.dataset).toBe(tree);
      return { ...found, outside: { ...found.outside, dataset: '' } };
    };
    const own = await measured(cropped, 'whole', [HEIGHT, WIDTH]);
    expect(own).toEqual(await measured(cut, 'cut', [SIDE, SIDE]));
    expect(cropped.result.best.test).toMatchObject(own.metrics);
  });

  it('predict the same of pictures, as do servers and exports', async () => {
    const file = at('whole', 'test/red/1.png');
    const predicted = async (run: string, picture: string): Promise<ImagePrediction> => {
      for await (const found of predictImages([picture], { run, say })) return found;
      throw new Error('Nothing was predicted.');
    };
    const { prediction, size } = await predicted(cropped.run, file);
    expect(prediction).toEqual((await predicted(cut.run, at('cut', 'test/red/1.png'))).prediction);
    expect(size).toEqual([HEIGHT, WIDTH]);
    const served = async (folder: string): Promise<object> => {
      const predictor = await openPredictor({ folder, say });
      try {
        const [answer] = await predictor.predict([await predictor.decode(readFileSync(file))]);
        return answer!;
      } finally {
        await predictor.close();
      }
    };
    const answer = await served(cropped.run);
    for (const format of ['onnx', 'saved-model', 'tfjs']) {
      const folder = at(`as-${format}`);
      const { verified, card } = await exportRun({ run: cropped.run, folder, format, verify: true });
      expect(verified?.images).toBeGreaterThan(0);
      expect(readFileSync(card, 'utf8')).toMatch(
        /RGB 0…255, 37×40;.*\n- Of that the network sees the middle 32×32, which the file cuts out by itself\n/,
      );
      expect(rounded(await served(folder))).toEqual(rounded(answer));
    }
    const weights = { run: cropped.run, folder: at('as-weights'), format: 'safetensors' };
    expect(readFileSync((await exportRun(weights)).card, 'utf8')).toMatch(
      /the middle 32×32, which is cut out first\n- Then it is normalised: mean/,
    );
  });
});

it('a run with "inferenceCrop" teaches students that see images as large', async () => {
  const teacher = { run: at('cropped') };
  const { result } = await train({
    ...{
      name: 'student',
      dataset: dataset('whole', [HEIGHT, WIDTH]),
      backbone: ['resnet18', { width: 0.0625 }],
    },
    ...{ views: [[['center-crop', { size: SIDE }]]], inferenceCrop: [SIDE, SIDE], evaluators: [] },
    objectives: ['cross-entropy', ['knowledge-distillation', { teacher }]],
  });
  expect(result.best.test).toMatchObject({ accuracy: expect.any(Number) as number });
});

/** Numbers with four digits: runtimes differ in the last ones. */
const rounded = (answer: object): unknown =>
  JSON.parse(JSON.stringify(answer), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(4)) : value,
  );
