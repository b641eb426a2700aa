import {
  addN,
  reshape,
  transpose,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { seedOf, type Network } from '@understory/core';
import {
  buildContextOf,
  relativeError,
  streamTensor,
  tinyBackbone,
  valueAndGradients,
} from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { contextLoss, hintLoss, hintTransfer } from '../index.ts';
import { read } from '../losses/goldens.test.support.ts';
import { convModule, torchRule } from './convModule.ts';
import { numberOf, one } from './methods.test.support.ts';
import { review, reviewModules, type ReviewLevel } from './reviewFusion.ts';

interface Review {
  readonly levels: readonly number[];
  readonly total: number;
  readonly lengths: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}
interface Hint {
  readonly value: number;
  readonly gradients: readonly (readonly number[])[];
}
const golden = read('moreMethods.json') as { review: Review; hint: Hint };

/** From [N, C, H, W] to [N, H, W, C]. */
const here = (x: Tensor): Tensor4D => transpose(x as Tensor4D, [0, 2, 3, 1]);
/** A kernel [out, in, h, w] as it is here. */
const setKernel = (module: LayersModel, shape: number[], seed: number, biasSeed?: number): void => {
  const [kernel, bias] = module.layers.find((layer) => layer.weights.length > 0)!.weights;
  kernel!.write(transpose(streamTensor(shape, seed), [2, 3, 1, 0]));
  if (biasSeed !== undefined) bias!.write(streamTensor([shape[0]!], biasSeed));
};

describe('modules between the networks, against PyTorch', () => {
  const call = { training: true, keepStatistics: true };

  it('ReviewKD’s levels', () => {
    const levels: ReviewLevel[] = [
      { name: 'pooled', student: [1, 1, 4], teacher: [1, 1, 6] },
      { name: 'stage2', student: [4, 4, 3], teacher: [4, 4, 5] },
      { name: 'stage1', student: [8, 8, 2], teacher: [8, 8, 3] },
    ];
    const modules = reviewModules(levels, 4, seedOf(1));
    for (const [i, { name, student, teacher: t }] of levels.entries()) {
      const k = 2 - i;
      setKernel(modules[`${name}/reduce`]!, [4, student[2], 1, 1], 163 + 2 * k);
      setKernel(modules[`${name}/expand`]!, [t[2], 4, 3, 3], 164 + 2 * k);
      if (i > 0) setKernel(modules[`${name}/attention`]!, [2, 8, 1, 1], 169 + 2 * k, 170 + 2 * k);
    }
    expect(Object.keys(modules)).toHaveLength(8);
    const targets = [
      reshape(streamTensor([4, 6], 175), [4, 1, 1, 6]),
      here(streamTensor([4, 5, 4, 4], 174)),
      here(streamTensor([4, 3, 8, 8], 173)),
    ] as Tensor4D[];
    const parts = (f0: Tensor, f1: Tensor, pooled: Tensor): Scalar[] => {
      const maps = [reshape<Rank.R4>(pooled, [4, 1, 1, 4]), here(f1), here(f0)];
      return review(levels, modules, maps, call).map((x, i) => contextLoss(x, targets[i]!));
    };
    const inputs = [
      streamTensor([4, 2, 8, 8], 160),
      streamTensor([4, 3, 4, 4], 161),
      streamTensor([4, 4], 162),
    ];
    const each = parts(...(inputs as [Tensor, Tensor, Tensor])).map(numberOf);
    expect(relativeError(each, golden.review.levels)).toBeLessThan(1e-5);
    expect(relativeError(each, [1.2438064, 1.0471445, 0.93099613])).toBeLessThan(1e-5);
    const made = valueAndGradients((...x: Tensor[]) => addN<Scalar>(parts(x[0]!, x[1]!, x[2]!)), inputs);
    expect(relativeError([made.value], [3.221947])).toBeLessThan(1e-5);
    golden.review.gradients.forEach((g, i) =>
      expect(relativeError(made.gradients[i]!, g)).toBeLessThan(1e-5),
    );
  });

  it('FitNet’s regressor', () => {
    const request = {
      name: 'r',
      shape: [8, 8, 3],
      filters: 5,
      kernel: [3, 3],
      stride: 2,
      padding: 1,
    } as const;
    const module = convModule({
      ...request,
      bias: true,
      then: ['norm', 'relu'],
      rule: torchRule,
      seed: seedOf(1),
    });
    setKernel(module, [5, 3, 3, 3], 183, 182);
    const target = here(streamTensor([2, 5, 4, 4], 181));
    const loss = (s: Tensor): Scalar => hintLoss(module.apply(here(s), { ...call }) as Tensor4D, target);
    const made = valueAndGradients(loss, [streamTensor([2, 3, 8, 8], 180)]);
    expect(relativeError([made.value], [golden.hint.value])).toBeLessThan(1e-5);
    expect(relativeError([made.value], [0.88737055])).toBeLessThan(1e-5);
    expect(relativeError(made.gradients[0]!, golden.hint.gradients[0]!)).toBeLessThan(1e-5);
  });

  it('bring maps of other sizes to the teacher’s', async () => {
    for (const [planes, own, given] of [
      [8, 16, 'a map twice as large'],
      [8, 8, 'a map of the same size'],
    ] as const) {
      const wide = tinyBackbone({ planes: [6, planes, 10, 12], seed: 9 });
      const student = tinyBackbone({ size: own });
      const network: Network = { backbone: { ...wide, model: wide.model }, modules: {} };
      const built = await hintTransfer({ teacher: { ema: 0.5 } }).build({
        ...buildContextOf(student, {
          streams: [one],
          teacher: network,
          twin: () => tinyBackbone({ size: own }),
        }),
      });
      expect(built.modules['regressor']!.outputs[0]!.shape.slice(1), given).toEqual([own / 2, own / 2, 6]);
    }
  });
});
