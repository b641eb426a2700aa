import { OBJECTIVE, plugin, tapIndex, UnderstoryError, type Objective, type Seed } from '@understory/core';
import { weight } from '@understory/core/zod';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { hintLoss } from '../losses/hints.ts';
import { convModule, torchRule, type ConvRequest } from './convModule.ts';
import { selection, teacher } from './settings.ts';
import { mapShape, tapPairs, type TapPair } from './tapPairs.ts';
import { withTeacher, type MethodContext } from './withTeacher.ts';

const NAME = 'hint-transfer';

export const HintTransferOptions = z.strictObject({
  teacher,
  weight: weight(100),
  tap: z
    .string()
    .optional()
    .describe(
      "the student's tap that learns from the teacher's at the same place; the second one by default",
    ),
  ...selection,
});
export type HintTransferOptions = z.input<typeof HintTransferOptions>;

type Shape = readonly [number, number, number];
type Window = Pick<ConvRequest, 'kernel' | 'stride' | 'padding' | 'transposed'>;

/** The window that brings a map of one size to another, as the CRD authors' suite chooses it. */
const windowFor = ([h, w]: Shape, [height, width]: Shape): Window => {
  if (h === 2 * height && w === 2 * width) return { kernel: [3, 3], stride: 2, padding: 1 };
  if (2 * h === height && 2 * w === width) return { kernel: [4, 4], stride: 2, transposed: true };
  if (h >= height && w >= width) return { kernel: [1 + h - height, 1 + w - width] };
  const sizes = `The student's map is ${h}×${w}, the teacher's ${height}×${width}.`;
  const cure = 'It must be at least as large, or half as large: choose another "tap", or another teacher.';
  throw new UnderstoryError('map-size', `${NAME}: ${sizes} ${cure}`);
};

const pairOf = ({ context, teacher: network }: MethodContext, tap: string | undefined): TapPair => {
  const { backbone } = context;
  const pairs = tapPairs(NAME, backbone, network.backbone);
  if (tap === undefined) return pairs[1] ?? pairs[0]!;
  const at = tapIndex(backbone, tap);
  const found = pairs.find(([student]) => student === at);
  if (found) return found;
  const lack = `the teacher "${network.backbone.name}" has no tap beside the student's "${tap}".`;
  throw new UnderstoryError('no-taps', `${NAME}: ${lack} Choose a deeper one.`);
};

const regressor = (from: Shape, to: Shape, seed: Seed): LayersModel =>
  convModule({
    name: 'regressor',
    shape: from,
    filters: to[2],
    ...windowFor(from, to),
    bias: true,
    then: ['norm', 'relu'],
    rule: torchRule,
    seed,
  });

/**
 * FitNet (Romero et al. 2015): a stage's map, brought to the teacher's size and width by a convolution, batch norm and
 * ReLU, becomes the teacher's. `crossEntropy` beside it trains the task. Term: `hint`.
 */
export const hintTransfer = (options: HintTransferOptions = {}): Objective => {
  const settings = HintTransferOptions.parse(options);
  return withTeacher({ name: NAME, rows: 'own', ...settings }, (given) => {
    const { context, teacher: network } = given;
    const [s, t] = pairOf(given, settings.tap);
    const [from, to] = [mapShape(context.backbone, s), mapShape(network.backbone, t)] as const;
    const module = regressor(from, to, context.seed.at('regressor'));
    return {
      modules: { regressor: module },
      terms({ student, teacher: seen, step }) {
        const made = module.apply(student.taps[s]!, { ...step.call }) as Tensor4D;
        return { terms: { hint: { value: hintLoss(made, seen.taps[t]!), weight: settings.weight } } };
      },
    };
  });
};

export const hintTransferPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "FitNet: a stage's map becomes the teacher's, through a convolution",
  when: 'Student and teacher have stages of like size; the classes may differ.',
  source:
    "Romero et al., ICLR 2015, as the CRD authors' suite has it: beside the task from the first step, where the paper has two stages",
  options: HintTransferOptions,
  create: hintTransfer,
});
