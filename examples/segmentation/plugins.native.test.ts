import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { maximum, mul, tensor, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { crop, flip } from '@understory/augmentations';
import {
  checkViews,
  drawView,
  evaluationBatch,
  float32,
  int32,
  mapNamed,
  measure,
  moveTarget,
  seedOf,
  showView,
  type Augmentation,
  type Samples,
  type Step,
} from '@understory/core';
import { leakedBy, relativeError, valueAndGradients } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { iouName, meanIou } from './plugins/meanIou.ts';
import { pastedEmoji } from './plugins/pastedEmoji.ts';
import { pixelCrossEntropyLoss } from './plugins/pixelCrossEntropy.ts';
import { MASK } from './plugins/task.ts';

interface Golden {
  readonly crossEntropy: readonly {
    readonly shape: [number, number, number, number];
    readonly logits: number[];
    readonly mask: number[];
    readonly value: number;
    readonly gradient: number[];
  }[];
  readonly iou: readonly {
    readonly shape: readonly number[];
    readonly truth: number[];
    readonly said: number[];
    readonly each: readonly (number | null)[];
    readonly mean: number;
    readonly accuracy: number;
  }[];
}
const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'testdata/golden.json'), 'utf8'),
) as Golden;

const tiny = { train: 12, validation: 4, test: 4, size: 32, most: 2 };
const dataset = (options: Partial<typeof tiny> = {}) =>
  pastedEmoji({ ...tiny, ...options })({ seed: seedOf(1) });

describe('pixel-cross-entropy', () => {
  it("is PyTorch's, with its gradient, where some pixels have no class and logits are large", () => {
    for (const { shape, logits, mask, value, gradient } of golden.crossEntropy) {
      const labels = tensor(mask, shape.slice(0, 3), 'int32');
      const ours = valueAndGradients((x) => pixelCrossEntropyLoss(x, labels), [tensor(logits, shape)]);
      expect(ours.value).toBeCloseTo(value, 4);
      expect(relativeError(ours.gradients[0]!, gradient)).toBeLessThan(1e-5);
    }
  });

  it('is 0 where no pixel has a class, and leaves no tensor behind', () => {
    const [logits, none] = [tensor([[[[1, 2]]]]), tensor([[[-1]]], undefined, 'int32')];
    expect(pixelCrossEntropyLoss(logits, none).dataSync()[0]).toBeCloseTo(0);
    expect(leakedBy(() => pixelCrossEntropyLoss(logits, none))).toBe(0);
  });
});

/** Probabilities that say a class for each pixel. */
const certain = (said: readonly number[], classes: number): Float32Array =>
  Float32Array.from(said.flatMap((c) => Array.from({ length: classes }, (_, i) => (i === c ? 1 : 0))));

describe('mean-iou', () => {
  it("is NumPy's, over batches, where some pixels have no class and a class is nowhere", async () => {
    for (const { shape, truth, said, each, mean, accuracy } of golden.iou) {
      const [n, h, w] = shape as [number, number, number];
      const classes = each.map((_, c) => `class ${c}`);
      const pass = meanIou({ each: true }).begin({ classes });
      for (let i = 0; i < n; i++) {
        const own = <T>(all: readonly T[]): T[] => all.slice(i * h * w, (i + 1) * h * w);
        const probabilities = float32(certain(own(said), each.length), [1, h, w, each.length]);
        const mask = int32(Int32Array.from(own(truth)), [1, h, w]);
        pass.add({ outputs: { probabilities }, targets: { [MASK]: mask }, count: 1 });
      }
      const numbers = await pass.end();
      expect(numbers['meanIoU']).toBeCloseTo(mean, 6);
      expect(numbers['pixelAccuracy']).toBeCloseTo(accuracy, 6);
      each.forEach((iou, c) => {
        const ours = numbers[iouName(classes[c]!)]!;
        if (iou === null) expect(ours).toBeNaN();
        else expect(ours).toBeCloseTo(iou, 6);
      });
    }
  });

  it('counts a pixel as missed where a probability is no number', async () => {
    const pass = meanIou({ each: false }).begin({ classes: ['a', 'b'] });
    const probabilities = float32(Float32Array.from([NaN, NaN, 1, 0]), [1, 1, 2, 2]);
    pass.add({
      outputs: { probabilities },
      targets: { [MASK]: int32(Int32Array.of(0, 0), [1, 1, 2]) },
      count: 1,
    });
    expect(await pass.end()).toEqual({ meanIoU: 0.5, pixelAccuracy: 0.5 });
  });

  it('is measured with one batch of outputs in memory, however many images there are', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const size = 512;
    const samples: Samples = {
      ...{ length: 10, size: [size, size], describe: String },
      targets: { [MASK]: { kind: 'map', dtype: 'int32', shape: [size, size] } },
      read: ({ length }) => Promise.resolve(new Uint8Array(length * size * size * 3)),
      readTargets: ({ length }) =>
        Promise.resolve({ [MASK]: int32(new Int32Array(length * size * size), [length, size, size]) }),
    };
    const given: WeakRef<Float32Array>[] = [];
    const alive: number[] = [];
    const step: Step = {
      run({ images }) {
        collect();
        alive.push(given.filter((ref) => ref.deref() !== undefined).length);
        const values = new Float32Array(images!.shape[0]! * size * size * 4);
        given.push(new WeakRef(values));
        // References live until a turn of the event loop is over.
        return new Promise((done) =>
          setImmediate(() => done({ probabilities: float32(values, [images!.shape[0]!, size, size, 4]) })),
        );
      },
      dispose: () => undefined,
    };
    const metrics = [meanIou({ each: false })];
    const all = await measure(step, samples, metrics, { batch: 1, classes: ['a', 'b', 'c', 'd'] });
    expect(all).toEqual({ meanIoU: 1, pixelAccuracy: 1 });
    expect(given).toHaveLength(10);
    expect(Math.max(...alive)).toBeLessThanOrEqual(1);
  });
});

describe('pasted-emoji', () => {
  it('is drawn by seed, with every class somewhere and pixels of all kinds under the masks', async () => {
    const [one, two] = [await dataset(), await dataset()];
    const positions = Array.from({ length: tiny.train }, (_, i) => i);
    const [a, b] = [await one.train.readTargets(positions), await two.train.readTargets(positions)];
    expect(a).toEqual(b);
    expect(await one.train.read(positions)).toEqual(await two.train.read(positions));
    expect([...new Set(a[MASK]!.data)].sort()).toEqual([0, 1, 2, 3]);
    expect(await one.train.readTargets([3])).not.toEqual(await one.test.readTargets([3]));
  });

  it('has masks that flips and crops move with their images', async () => {
    const { train } = await dataset();
    const positions = Array.from({ length: tiny.train }, (_, i) => i);
    const { data, shape } = (await train.readTargets(positions))[MASK]!;
    const mask = tensor(data, [...shape], 'int32');
    // A picture in which each pixel shows its class: what becomes of it tells where the mask has to be.
    const painted = tidy(() =>
      mul<Tensor4D>(
        tensor(
          Array.from(data).flatMap((c) => [c, c, c]),
          [...shape, 3],
        ),
        40,
      ),
    );
    const target = { target: mask, spec: train.targets[MASK]!, size: train.size };
    for (const view of [[flip({ p: 1 })], [crop({}), flip({ p: 1 })]]) {
      const drawn = drawView(
        view,
        positions.map((p) => seedOf(p).rng()),
        train.size,
      );
      const params = mapNamed(drawn, (p) => tensor(p.data, [...p.shape]));
      const shown = showView(view, painted, params)
        .dataSync()
        .filter((_, i) => i % 3 === 0);
      const moved = moveTarget(view, target, params);
      const classes = maximum(moved, 0).dataSync();
      expect(Array.from(shown, (level) => level / 40)).toEqual(Array.from(classes));
      expect(Array.from(classes)).not.toEqual(Array.from(data));
    }
  });
});

it('refuses a view that moves images and leaves their masks behind, before anything is built', async () => {
  const { train } = await dataset();
  const turn: Augmentation = { name: 'turn', sample: () => ({}), apply: (images) => images };
  const check = (augmentation: Augmentation) => () =>
    checkViews({
      streams: [{ name: 'train', samples: train, batch: 4, views: [[augmentation]], labelled: true }],
    });
  expect(check(turn)).toThrow(/"turn" moves the image and not the map "mask" with it/);
  expect(check({ ...turn, inPlace: true })).not.toThrow();
});

it('has batches that bound what the outputs of large images take', () => {
  const model = { outputs: [{ shape: [null, 512, 512, 21] }] };
  const network = { backbone: { classes: 0 }, head: { model, outputs: ['logits'] } };
  expect(evaluationBatch(network as unknown as Parameters<typeof evaluationBatch>[0])).toBe(1);
});
