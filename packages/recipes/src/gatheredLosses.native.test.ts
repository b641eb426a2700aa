import { valueAndGrad, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  eagerRunner,
  float32,
  gatherRows,
  int32,
  LOSS,
  PROTOTYPE_LOSS,
  alone,
  type NdArrays,
  type Runner,
  type StepFunction,
  type Workers,
} from '@understory/core';
import { streamTensor } from '@understory/core/testing';
import { compiledRunner, freePorts } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const [ROWS, WIDTH] = [16, 12];
const Z = streamTensor([2, ROWS, WIDTH], 1).dataSync() as Float32Array; // [view, row, number]
const LABELS = Int32Array.from({ length: ROWS }, (_, i) => (i * 7) % 4);

type Compared = (rows: Tensor2D, labels: Tensor1D) => Scalar;

/** Every loss that is given the rows of all workers, in two views. */
const losses: readonly (readonly [name: string, loss: Compared])[] = [
  ...registry.list(LOSS).map(({ name }) => [name, registry.make(LOSS, name)] as const),
  ...registry.list(PROTOTYPE_LOSS).map(({ name }) => {
    const loss = registry.make(PROTOTYPE_LOSS, name);
    return [name, (rows: Tensor2D) => loss(rows)] as const;
  }),
];

/** Each loss, and its gradient by the rows that this worker has. */
const stepOf =
  (workers: Workers): StepFunction =>
  ({ z, labels }) =>
    Object.assign(
      {},
      ...losses.map(([name, loss]): Record<string, Tensor> => {
        const ofOwn = (own: Tensor): Scalar =>
          loss(gatherRows(own as Tensor2D, workers, 2), gatherRows(labels as Tensor1D, workers));
        const { value, grad: gradient } = valueAndGrad(ofOwn)(z!);
        return { [`${name} value`]: value, [`${name} gradient`]: gradient };
      }),
    ) as Record<string, Tensor>;

/** What a worker has of both views, and its labels. */
const shareOf = ({ size, rank }: Workers): NdArrays => {
  const own = ROWS / size;
  const rows = [0, 1].flatMap((view) => {
    const start = (view * ROWS + rank * own) * WIDTH;
    return [...Z.subarray(start, start + own * WIDTH)];
  });
  return {
    z: float32(rows, [2 * own, WIDTH]),
    labels: int32(LABELS.slice(rank * own, (rank + 1) * own), [own]),
  };
};

const ran = async (runner: Runner): Promise<NdArrays> => {
  const { workers = alone } = runner;
  const out = await runner.step('losses', stepOf(workers)).run(shareOf(workers));
  runner.dispose();
  return out;
};

it.each([2, 4])(
  'every loss of rows that %i workers have gathered is one worker’s, and so is the mean over workers of its gradients',
  async (size) => {
    const one = await ran(eagerRunner());
    const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
    const runners = addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank } }));
    const all = await Promise.all(runners.map(ran));
    const own = ROWS / size;
    for (const [name] of losses) {
      const whole = one[`${name} gradient`]!.data;
      const scale = Math.max(...whole.map(Math.abs));
      expect(scale, name).toBeGreaterThan(1e-6);
      all.forEach((worker, rank) => {
        expect(worker[`${name} value`]!.data[0], name).toBeCloseTo(one[`${name} value`]!.data[0]!, 5);
        const far = worker[`${name} gradient`]!.data.map((g, i) => {
          const [view, at] = [Math.floor(i / (own * WIDTH)), i % (own * WIDTH)];
          return Math.abs(g / size - whole[(view * ROWS + rank * own) * WIDTH + at]!) / scale;
        });
        expect(Math.max(...far), name).toBeLessThan(1e-5);
      });
    }
  },
);
