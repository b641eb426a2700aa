import { tensor1d } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { BuiltObjective, Network, Objective, StepContext, Stream, Term } from '@understory/core';
import {
  buildContextOf,
  trainedNetwork,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
} from '@understory/core/testing';
import { supCon } from '@understory/losses';
import { contrastiveDeepSupervision, sepConv } from '@understory/supervision';
import { layeredSelfSupervision } from '../index.ts';

export const backbone = tinyBackbone();
export const run = { run: 'runs/teacher' };
export const supervision = (): Objective => contrastiveDeepSupervision({ loss: supCon(), head: sepConv() });

/** A wider teacher, with the projection heads and the branches that it was trained with. */
export const teacherWith = async (options: { classes?: number; size?: number } = {}): Promise<Network> => {
  const wide = tinyBackbone({ planes: [6, 8, 10, 12], seed: 9, ...options });
  const built = await supervision().build(buildContextOf(wide, { streams: [streamOf({ views: 2 })] }));
  const layered = layeredSelfSupervision({ mimicWeight: 0 });
  const branches = await layered.build(buildContextOf(wide, { streams: [streamOf({ views: 4 })] }));
  const network = trainedNetwork('contrastive-deep-supervision', wide, built);
  const { modules } = trainedNetwork(layered.name, wide, branches);
  return { ...network, modules: { ...network.modules, ...modules } };
};
export const teacher = await teacherWith();

export const labels = tensor1d([0, 3, 3, 1], 'int32');
const trainLabels = Int32Array.from({ length: 20 }, (_, i) => i % 5);
export const build = async (
  objective: Objective,
  streams: readonly Stream[],
  network: Network | null = teacher,
): Promise<BuiltObjective> =>
  objective.build(
    buildContextOf(backbone, {
      streams,
      trainLabels,
      twin: () => tinyBackbone(),
      ...(network && { teacher: network }),
    }),
  );
export const step = (
  stream: Stream,
  options: { fed?: Record<string, Tensor>; epoch?: Scalar } = {},
): StepContext =>
  stepContextOf(backbone, {
    images: streamTensor([stream.batch * stream.views, 8, 8, 3], 1) as Tensor4D,
    streams: [stream],
    labels: { [stream.name]: labels },
    ...options,
  });
export const numberOf = (x: Scalar | number): number => (typeof x === 'number' ? x : x.dataSync()[0]!);
export const values = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.value)]));
export const weights = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.weight)]));
export const seenBy = (network: Network, images: Tensor): Tensor[] =>
  network.backbone.model.apply(images, { training: false }) as Tensor[];

export const one = streamOf();
export const two = streamOf({ views: 2 });
export const four = streamOf({ views: 4 });
