import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { backbonePlugins } from '@understory/backbones';
import { activation, buildInference, float32, seedOf, type NdArray, type Task } from '@understory/core';
import { tinyBackbone } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { exitsModel } from '../exits/exitsModel.ts';
import { tfjsFormat } from '../node/tfjsFormat.ts';
import { exitsOf } from '../testing/exits.test.support.ts';
import { disposeAll, filled } from '../testing/detectorRuns.test.support.ts';
import { detectorCases, taskOf } from '../testing/detectors.test.support.ts';
import { quick } from '../testing/quickBackbones.test.support.ts';
import {
  alike,
  inRuntime,
  normalization,
  ofBackbone,
  onnx,
  own,
  pixelsOf,
  saved,
  type Given,
} from '../testing/runtimes.test.support.ts';

const names = backbonePlugins.map(({ name }) => name);
/** One of each family. */
const chosen = [
  'resnet18',
  'resnext50',
  'wideresnet50',
  'senet18',
  'preactresnet18',
  'vgg11',
  'mobilenetv1',
  'mobilenetv2',
  'mobilenetv3-small',
  'shufflenetv2-x1',
  'efficientnet-b0',
  'densenet121',
  'convnext-t',
  'vit-s16',
];

describe('every family of backbones', () => {
  it('is in the list of these tests', () => {
    const stems = (all: readonly string[]): string[] =>
      [...new Set(all.map((name) => name.replace(/[\d-].*$/, '')))].sort();
    expect(stems(chosen)).toEqual(stems(names));
  });

  it.each(chosen)(
    '%s gives the same in onnxruntime and in TensorFlow, for any number of images',
    async (name) => {
      const given = ofBackbone(quick(name));
      const pixels = pixelsOf(3, given.size);
      const wanted = own(given, pixels);
      alike(await inRuntime(onnx(), given, pixels), wanted);
      alike(await inRuntime(saved(), given, pixels), wanted);
      disposeAll(given.network);
    },
  );
});

const dense = (from: SymbolicTensor, units: number): SymbolicTensor =>
  layers.dense({ name: 'labels', units }).apply(from) as SymbolicTensor;

const resized = (from: SymbolicTensor): SymbolicTensor => {
  const large = layers.upSampling2d({ name: 'large', size: [4, 4] }).apply(from);
  return layers
    .cropping2D({
      name: 'cut',
      cropping: [
        [1, 2],
        [0, 1],
      ],
    })
    .apply(large) as SymbolicTensor;
};

const base = {
  objectives: [],
  metrics: [],
  targets: {},
  decode: () => ({ kind: 'class', classes: [] }) as const,
};

/** Other tasks: several labels an image, a class for each pixel. */
const tasks: readonly Task[] = [
  {
    ...{ name: 'multi-label', ...base },
    outputs: ({ pooled }, { classes }) => ({ logits: dense(pooled, classes) }),
    activate: ({ logits }) => ({ probabilities: activation('probabilities', 'sigmoid', logits!) }),
  },
  {
    ...{ name: 'segmentation', ...base },
    outputs: ({ taps }, { classes }) => ({
      logits: layers
        .conv2d({ name: 'scores', filters: classes, kernelSize: 3, padding: 'same' })
        .apply(resized(taps['stage2']!)) as SymbolicTensor,
    }),
    activate: ({ logits }) => ({ probabilities: activation('probabilities', 'softmax', logits!) }),
  },
];

describe('every task', () => {
  it.each(tasks)('$name gives the same in onnxruntime and in TensorFlow', async (task) => {
    const network = buildInference(() => tinyBackbone(), task, { classes: 3, size: [8, 8], seed: seedOf(1) });
    const given: Given = { network, task, size: [8, 8] };
    const pixels = pixelsOf(3, [8, 8]);
    const wanted = own(given, pixels);
    alike(await inRuntime(onnx(), given, pixels), wanted);
    alike(await inRuntime(onnx({ layout: 'nchw', batch: 3 }), given, pixels), wanted);
    alike(await inRuntime(saved(), given, pixels), wanted);
    alike(await inRuntime(tfjsFormat({ kind: 'graph' }), given, pixels), wanted);
    disposeAll(network);
  });

  it('cuts the middle out of larger images by itself, in every format', async () => {
    const given = ofBackbone(tinyBackbone());
    const [height, width] = [11, 14];
    const larger: Given = { ...given, size: [height, width], crop: [8, 8] };
    const pixels = pixelsOf(3, larger.size);
    // From row round(1.5) = 2 and column 3 on, eight of each.
    const middle = pixels.data.filter((_, i) => {
      const [row, column] = [Math.floor(i / (3 * width)) % height, Math.floor(i / 3) % width];
      return row >= 2 && row < 10 && column >= 3 && column < 11;
    });
    const wanted = own(given, float32(middle as Float32Array, [3, 8, 8, 3]));
    const formats = [onnx(), onnx({ layout: 'nchw', batch: 3 }), saved(), tfjsFormat()];
    for (const format of [...formats, tfjsFormat({ kind: 'graph' })])
      alike(await inRuntime(format, larger, pixels), wanted);
    disposeAll(given.network);
  });

  it.each(detectorCases.slice(1, 3))(
    '$task gives the same boxes in onnxruntime for any number of images, in TensorFlow for one',
    async (detector) => {
      const task = taskOf(detector);
      const network = filled(detector, task);
      const given: Given = { network, task, size: detector.size };
      const pixels = pixelsOf(2, detector.size);
      const wanted = own(given, pixels);
      const rows = wanted['detections']!;
      expect(rows.data.filter((v, i) => i % 6 === 5 && v > 0).length).toBeGreaterThan(20);
      // Corners are in pixels, and those near 0 have the rounding of the whole image.
      alike(await inRuntime(onnx(), given, pixels), wanted, 5e-4);
      const one = {
        ...pixels,
        shape: [1, ...pixels.shape.slice(1)],
        data: pixels.data.slice(0, pixels.data.length / 2),
      };
      const found = (await inRuntime(saved(), given, one))['detections']!;
      found.data.forEach((v, i) =>
        expect(Math.abs(v - rows.data[i]!) / Math.max(1, Math.abs(v))).toBeLessThan(1e-4),
      );
      disposeAll(network);
    },
  );

  it('has its early exits in one file', async () => {
    const backbone = tinyBackbone();
    const given: Given = { ...ofBackbone(backbone), exits: exitsOf(backbone) };
    const pixels = pixelsOf(3, given.size);
    const dataset = { classes: [], normalization, crop: undefined, size: given.size };
    const made = exitsModel(backbone, given.exits!, dataset);
    const wanted: Record<string, NdArray> = {};
    tidy(() => {
      const values = [made.predict(tensor(pixels.data, [...pixels.shape]))].flat();
      const all = ['stage1/logits', 'stage2/logits', 'stage3/logits', 'end/logits', 'inside'];
      all.forEach((name, i) => (wanted[name] = float32(values[i]!.dataSync<'float32'>(), values[i]!.shape)));
    });
    alike(await inRuntime(onnx(), given, pixels), wanted);
    alike(await inRuntime(saved(), given, pixels), wanted);
  });
});

describe('weights in fewer bits', () => {
  it.each([
    ['float16', 1e-3],
    ['int8', 5e-2],
  ] as const)('%s give nearly the same in every runtime', async (weights, within) => {
    const given = ofBackbone(quick('resnet18'));
    const pixels = pixelsOf(3, given.size);
    const wanted = own(given, pixels);
    for (const format of [
      onnx({ weights }),
      saved({ weights }),
      tfjsFormat({ weights }),
      tfjsFormat({ weights, kind: 'graph' }),
    ]) {
      const found = await inRuntime(format, given, pixels);
      alike(found, wanted, within);
      expect(found['probabilities']!.data).not.toEqual(wanted['probabilities']!.data);
    }
    disposeAll(given.network);
  });
});
