import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { mul, tensor, tidy } from '@tensorflow/tfjs-core';
import {
  classification,
  float32,
  inferenceStep,
  initialize,
  seedOf,
  type Backbone,
  type ExportFormat,
  type ExportRequest,
  type NdArray,
  type NdArrays,
  type Task,
} from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { openSavedModel, recordGraph } from '@understory/engine';
import { expect } from 'vitest';
import { onnxFormat } from '../node/onnxFormat.ts';
import { savedModelFormat } from '../node/savedModelFormat.ts';

export const normalization = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] } as const;
export const onnx = (options: object = {}): ExportFormat =>
  onnxFormat({ weights: 'float32', layout: 'nhwc', batch: undefined, ranges: undefined, ...options });
export const saved = (options: object = {}): ExportFormat =>
  savedModelFormat({ weights: 'float32', batch: undefined, ...options });

/** Pixels 0…255. */
export const pixelsOf = (images: number, [height, width]: readonly [number, number]): NdArray => {
  const shape = [images, height, width, 3];
  return float32(
    streamValues(shape, 5).map((v) => Math.floor((v + 1) * 128)),
    shape,
  );
};

export type Given = Pick<ExportRequest, 'network' | 'task' | 'exits' | 'calibration'> & {
  readonly size: readonly [number, number];
  /** What the network sees of images; all where absent. */
  readonly crop?: readonly [number, number];
};

/** What a network gives itself. */
export const own = ({ network, task, crop }: Given, { data, shape }: NdArray): NdArrays => {
  const made: Record<string, NdArray> = {};
  tidy(() => {
    const step = inferenceStep(network, { task, normalization, crop });
    for (const [name, value] of Object.entries(step({ images: tensor(data, [...shape]) })))
      made[name] = float32(value.dataSync<'float32'>(), value.shape);
  });
  return made;
};

/** What a written file gives in its runtime, on as many images as there are. */
export const inRuntime = async (
  format: ExportFormat,
  { size, crop, ...given }: Given,
  pixels: NdArray,
): Promise<NdArrays> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'runtime-'));
  const dataset = { classes: ['a', 'b', 'c'], normalization, crop, size };
  const { files, outputs } = await format.write({ ...given, dataset, folder, record: recordGraph });
  const opened = await format.open!({ files, outputs: outputs!, savedModel: openSavedModel });
  try {
    const made = await opened.run(pixels);
    expect(Object.keys(made).sort()).toEqual([...outputs!].sort());
    return made;
  } finally {
    await opened.close();
  }
};

/** Whether all numbers are alike, and say something: not all images get the same ones. */
export const alike = (found: NdArrays, wanted: NdArrays, within = 1e-4): void => {
  for (const [name, { data, shape }] of Object.entries(found)) {
    const { data: expected } = wanted[name]!;
    expect(data.length, name).toBe(expected.length);
    const row = data.length / shape[0]!;
    expect(data.slice(0, row), name).not.toEqual(data.slice(row, 2 * row));
    const apart = Array.from(
      data,
      (v, i) => Math.abs(v - expected[i]!) / Math.max(1, Math.abs(expected[i]!)),
    );
    expect(Math.max(...apart), name).toBeLessThan(within);
  }
};

/** By their own rule depthwise filters are small, and norms that have seen nothing do not mend it: nothing would reach the end. */
const enliven = ({ model }: Backbone): void => {
  for (const weight of model.weights) {
    const [, , channels = 1, multiplier] = weight.shape;
    if (multiplier !== 1) continue;
    tidy(() => {
      weight.write(mul(weight.read(), Math.sqrt(channels ?? 1)));
    });
  }
};

export const ofBackbone = (backbone: Backbone, task: Task = classification): Given => {
  initialize(backbone.model, seedOf(2));
  enliven(backbone);
  const size = backbone.model.inputs[0]!.shape.slice(1, 3) as [number, number];
  return { network: { backbone }, task, size };
};
