import { BOXES, boxesSpec, type Objective, type Stream } from '@understory/core';
import {
  buildContextOf,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
} from '@understory/core/testing';
import { supCon } from '@understory/losses';
import { memory, tensor, tidy, variableGrads, type Scalar, type Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { regionContrast, sepConv } from './index.ts';

const backbone = tinyBackbone({ size: 16 });
const stream = streamOf({ views: 2, batch: 2 });
const targets = { [BOXES]: boxesSpec(3) };
const objective = (regions = 4): Objective =>
  regionContrast({ loss: supCon({ temperature: 0.07 }), head: sepConv(), regions });
const build = (given: Objective = objective(), streams: readonly Stream[] = [stream]) =>
  given.build(buildContextOf(backbone, { streams, targets }));

/** Rows top, left, bottom, right, class, kind, area of two images. */
const boxesOf = (...rows: readonly (readonly number[])[]) => tensor(rows.flat(), [2, 3, 7]);
const NONE = [0, 0, 0, 0, 0, 0, 0];
const SOME = boxesOf(
  [1, 1, 9, 9, 0, 0, 64],
  [4, 4, 15, 15, 1, 0, 121],
  NONE,
  [2, 2, 12, 12, 0, 0, 100],
  NONE,
  NONE,
);

const termsWith = async (boxes: typeof SOME, given: Objective = objective()) => {
  const built = await build(given);
  const images = streamTensor([4, 16, 16, 3], 1) as Tensor4D;
  const terms = (): Record<string, Scalar> => {
    const step = stepContextOf(backbone, {
      images,
      streams: [stream],
      targets: { train: { [BOXES]: boxes } },
    });
    return Object.fromEntries(Object.entries(built.terms(step).terms).map(([name, t]) => [name, t.value]));
  };
  return { built, terms };
};

describe('region-contrast', () => {
  it('contrasts the boxes of every tap but the last, with gradients for stages and heads', async () => {
    const { built, terms } = await termsWith(SOME);
    expect(Object.keys(built.modules)).toEqual(['stage1', 'stage2', 'stage3']);
    const { value, grads } = tidy(() => variableGrads(() => terms()['stage2']!));
    expect(value.dataSync()[0]).toBeGreaterThan(0);
    const learned = Object.keys(grads).filter((name) => grads[name]!.dataSync().some((g) => g !== 0));
    expect(learned.some((name) => name.includes('stage2/block'))).toBe(true);
    expect(learned.some((name) => name.includes('stage2/sep1'))).toBe(true);
  });

  it('takes boxes again where there are fewer than it contrasts, and does not look at crowds', async () => {
    const numbers = async (boxes: typeof SOME, regions: number): Promise<number> =>
      (await termsWith(boxes, objective(regions))).terms()['stage1']!.dataSync()[0]!;
    const crowd = boxesOf(
      [1, 1, 9, 9, 0, 0, 64],
      [4, 4, 15, 15, 1, 0, 121],
      [0, 0, 16, 16, 1, 1, 256],
      [2, 2, 12, 12, 0, 0, 100],
      NONE,
      NONE,
    );
    expect(await numbers(crowd, 3)).toBe(await numbers(SOME, 3));
    expect(Number.isFinite(await numbers(SOME, 9))).toBe(true);
  });

  it('is 0, with finite gradients, where a batch shows no box', async () => {
    const { terms } = await termsWith(boxesOf(NONE, NONE, NONE, NONE, NONE, NONE));
    const { value, grads } = tidy(() => variableGrads(() => terms()['stage1']!));
    expect(value.dataSync()[0]).toBe(0);
    for (const g of Object.values(grads)) expect(g.dataSync().every((x) => x === 0)).toBe(true);
  });

  it('leaves no tensor behind', async () => {
    const { terms } = await termsWith(SOME);
    tidy(() => void terms());
    const before = memory().numTensors;
    tidy(() => void terms());
    expect(memory().numTensors).toBe(before);
  });

  it('refuses data without boxes, and a single view', async () => {
    await expect(
      (async () => objective().build(buildContextOf(backbone, { streams: [stream] })))(),
    ).rejects.toThrow(/contrasts the target "boxes".*has label/);
    await expect((async () => build(objective(), [streamOf()]))()).rejects.toThrow(/2 under "views"/);
  });
});
