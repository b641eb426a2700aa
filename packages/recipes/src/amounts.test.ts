import { buildExperiment, parseConfig, type ExperimentInput } from '@understory/config';
import {
  DATASET,
  plugin,
  UnderstoryError,
  type Experiment,
  type Samples,
  classSamples,
} from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { defaultViews } from './defaultViews.ts';

const samples = (length: number): Samples =>
  classSamples({
    length,
    size: [32, 32],
    labels: Int32Array.from({ length }, (_, i) => i % 4),
    read: (positions) => Promise.resolve(new Uint8Array(positions.length * 32 * 32 * 3)),
    describe: String,
  });

let closed = 0;

/** Black images of four classes. */
const blackPlugin = plugin({
  token: DATASET,
  name: 'black',
  summary: 'black images',
  options: { parse: (given) => given as { readonly count: number } },
  create:
    ({ count }) =>
    () =>
      Promise.resolve({
        name: 'black',
        classes: ['a', 'b', 'c', 'd'],
        normalization: { mean: [0, 0, 0] as const, std: [1, 1, 1] as const },
        train: samples(count),
        validation: samples(8),
        test: samples(8),
        leftOut: [],
        close: () => {
          closed++;
          return Promise.resolve();
        },
      }),
});

const registry = createRegistry([...defaultPlugins, blackPlugin]);

const compile = (config: Partial<ExperimentInput>): Promise<Experiment> =>
  buildExperiment(
    registry,
    parseConfig({ dataset: ['black', { count: 84 }], batch: 8, objectives: ['cross-entropy'], ...config }),
    { defaultViews: defaultViews() },
  );

describe('amounts that cannot be, with these images', () => {
  it.each([
    [{ batch: 85 }, /"batch" is 85, and there are 84 training images.*at most 84: --set batch=84/],
    [{ batch: undefined }, /"batch" is 128 \(the default\), and there are 84/],
    [{ batch: 85, lastBatch: 'drop' }, /"batch" is 85/],
    [
      { batch: 45, unlabelled: { labelled: 0.5, batch: 8 } },
      /"unlabelled.labelled: 0.5" keeps 44 images.*at most 44, or keep a larger share/,
    ],
    [
      { unlabelled: { labelled: 0.5, batch: 85 } },
      /"unlabelled.batch" is 85, and there are 84.*--set unlabelled.batch=84/,
    ],
    [{ epochs: 2, accumulate: 23 }, /"accumulate" is 23, and the whole run has 22 steps.*at most 22/],
    [{ epochs: 2, accumulate: 21, lastBatch: 'drop' }, /the whole run has 20 steps/],
  ] satisfies [object, RegExp][])('%j', async (config, message) => {
    const before = closed;
    const error: unknown = await compile(config as Partial<ExperimentInput>).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(UnderstoryError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message.length).toBeLessThan(400);
    expect(closed).toBe(before + 1);
  });

  it('are named by their place in the config, a crop outside of training too', async () => {
    const config = parseConfig({
      ...{ dataset: ['black', { count: 84 }], batch: 8, objectives: ['cross-entropy'] },
      inferenceCrop: [32, 33],
    });
    const locate = (path: readonly PropertyKey[]): string => `black.yaml:4:16 ${path.join('.')}`;
    await expect(buildExperiment(registry, config, { defaultViews: defaultViews(), locate })).rejects.toThrow(
      /^black\.yaml:4:16 inferenceCrop: "inferenceCrop" is \[32, 33\], and train images of black have 32×32 pixels/,
    );
    expect(() => parseConfig({ dataset: 'emoji', inferenceCrop: 224 })).toThrow(
      /"inferenceCrop" is 224: expected \[height, width\] in pixels/,
    );
  });

  it('are accepted up to what there is', async () => {
    const { streams } = await compile({ batch: 84, accumulate: 10 });
    expect(streams[0].samples).toHaveLength(84);
    await compile({ batch: 40, unlabelled: { labelled: 0.5, batch: 84 } });
    await compile({ batch: 40, unlabelled: { labelled: 0.5, batch: 0 } });
    expect(await compile({ inferenceCrop: [32, 24] })).toMatchObject({ inferenceCrop: [32, 24] });
  });
});
