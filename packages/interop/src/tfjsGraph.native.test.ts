import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadGraphModel, setBackend, tensor, tidy, type io, type Tensor } from '@tensorflow/tfjs';
import { inferenceStep, type Task } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { fasterRcnn } from '@understory/detection';
import { recordGraph } from '@understory/engine';
import { expect, it } from 'vitest';
import { exportModel } from './node/exportModel.ts';

import { disposeAll, filled } from './testing/detectorRuns.test.support.ts';
import { detectorCases, taskOf, type DetectorCase } from './testing/detectors.test.support.ts';

/** A model's file from a folder, as a page would fetch it. */
const handlerOf = (folder: string): io.IOHandler => ({
  async load() {
    const text = await readFile(path.join(folder, 'model.json'), 'utf8');
    const { weightsManifest, ...model } = JSON.parse(text) as io.ModelJSON;
    const weights = await readFile(path.join(folder, 'weights.bin'));
    const weightSpecs = weightsManifest[0]!.weights;
    return { ...model, weightSpecs, weightData: new Uint8Array(weights).buffer };
  },
});

/** What a file gives in plain tfjs, without native TensorFlow. */
const inPage = async (
  folder: string,
  pixels: Float32Array,
  shape: readonly number[],
): Promise<number[][]> => {
  await setBackend('cpu');
  try {
    const model = await loadGraphModel(handlerOf(folder));
    const found = (await model.executeAsync({ pixels: tensor(pixels, [...shape]) })) as Tensor;
    const [rows] = (await found.array()) as [number[][]];
    model.dispose();
    return rows;
  } finally {
    await setBackend('tensorflow');
  }
};

interface Detector {
  readonly title: string;
  readonly given: DetectorCase;
  readonly task: Task;
}

const [, small, large] = detectorCases as [DetectorCase, DetectorCase, DetectorCase];
const narrow = { width: 16, hidden: 24, most: 40, proposals: 60 } as const;

const detectors: readonly Detector[] = [
  { title: 'retinanet', given: small, task: taskOf(small) },
  ...(['torchvision', 'mmdetection'] as const).map((variant) => ({
    ...{ title: `faster-rcnn of ${variant}`, given: large, task: fasterRcnn({ ...narrow, variant }) },
  })),
];

it.each(detectors)(
  'a file of $title is read by plain tfjs, and finds the same boxes',
  async ({ given, task }) => {
    const dataset = {
      classes: ['a', 'b', 'c'],
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      crop: undefined,
      size: given.size,
    } as const;
    const shape = [1, ...given.size, 3];
    const pixels = streamValues(shape, 5).map((v) => Math.floor((v + 1) * 128));
    const network = filled(given, task);
    const whole = { ...network, task };
    const folder = await mkdtemp(path.join(os.tmpdir(), 'graph-'));
    expect(await exportModel(whole, dataset, folder, { record: recordGraph })).toBe('graph-model');
    const [expected] = tidy(() => {
      const step = inferenceStep(network, { task, ...dataset });
      return step({ images: tensor(pixels, shape) })['detections']!.arraySync();
    }) as [number[][]];
    disposeAll(network);
    const found = await inPage(folder, pixels, shape);
    expect(found.length).toBe(40);
    expect(found.filter((row) => row[5]! > 0).length).toBeGreaterThan(10);
    for (const [i, row] of expected.entries())
      for (const [c, value] of row.entries())
        expect(Math.abs(found[i]![c]! - value), `${i}, ${c}`).toBeLessThan(c < 4 ? 0.1 : 1e-3);
  },
);
