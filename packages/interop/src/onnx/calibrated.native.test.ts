import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Calibration, NdArray } from '@understory/core';
import { messagesIn, fieldsOf, bytesOf, textOf } from '@understory/core/protobuf';
import { openSavedModel, recordGraph } from '@understory/engine';
import { describe, expect, it } from 'vitest';
import { asWholeConvolutions } from '../calibration/rounding.ts';
import { exitsOf } from '../testing/exits.test.support.ts';
import { recordBatches } from '../graph/freeBatch.ts';
import { inferenceProgram } from '../graph/inferenceProgram.ts';
import { openOnnx } from '../node/openOnnx.ts';
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
  type Given,
} from '../testing/runtimes.test.support.ts';
import { toOnnx } from './toOnnx.ts';

/** All these images, as many at once as are asked for. */
const by = (pixels: NdArray): Calibration => ({
  images: pixels.shape[0] ?? 0,
  savedModel: openSavedModel,
  async *read(batch) {
    const [count = 0, ...sides] = pixels.shape;
    const row = pixels.data.length / count;
    for (let at = 0; at < count; at += batch) {
      const data = pixels.data.slice(at * row, (at + batch) * row);
      yield await Promise.resolve({ ...pixels, shape: [data.length / row, ...sides], data });
    }
  },
});

const temporary = (): Promise<string> => mkdtemp(path.join(os.tmpdir(), 'calibrated-'));

/** How often a file has each op. */
const opsOf = (bytes: Uint8Array): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  const graph = [...fieldsOf(bytes)].find(({ id }) => id === 7);
  for (const node of graph ? messagesIn(bytesOf(graph), 1) : []) {
    const op = textOf([...fieldsOf(node)].find(({ id }) => id === 4)!);
    counts[op] = (counts[op] ?? 0) + 1;
  }
  return counts;
};

const datasetOf = ({ size }: Given) => ({
  classes: ['a', 'b', 'c'],
  normalization,
  crop: undefined,
  size,
});

/** How far rows are from those that are wanted, as a share of how these vary. */
const apart = (found: NdArray, wanted: NdArray): number => {
  const numbers = Array.from(wanted.data);
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const square = (all: readonly number[]): number => all.reduce((sum, v) => sum + v ** 2, 0);
  return Math.sqrt(square(numbers.map((v, i) => v - found.data[i]!)) / square(numbers.map((v) => v - mean)));
};

describe('a graph whose convolutions take in norms and zeros', () => {
  it.each(['mobilenetv2', 'densenet121'])('of %s gives the same', async (name) => {
    const given = ofBackbone(quick(name));
    const pixels = pixelsOf(3, given.size);
    const program = inferenceProgram({ ...given, dataset: datasetOf(given) });
    const { graph, images } = recordBatches(program, recordGraph, undefined);
    const whole = asWholeConvolutions(graph);
    const left = whole.nodes.filter(({ op }) => op === 'FusedBatchNorm' || op === 'PadV2').length;
    expect(left).toBeLessThan(name === 'densenet121' ? graph.nodes.length : 1);
    const file = path.join(await temporary(), 'model.onnx');
    await writeFile(file, toOnnx({ graph: whole, images }, { weights: 'float32', layout: 'nhwc' }));
    const opened = await openOnnx(file);
    alike(await opened.run(pixels), own(given, pixels));
    await opened.close();
    disposeAll(given.network);
  });
});

describe('8 bits by a calibration', () => {
  it.each(['resnet18', 'shufflenetv2-x1', 'vit-s16'])(
    'hold what %s tells images apart by, convolutions and dense layers all in them',
    async (name) => {
      const given = ofBackbone(quick(name));
      const pixels = pixelsOf(6, given.size);
      const wanted = own(given, pixels);
      const calibration = by(pixels);
      const format = onnx({ weights: 'int8' });
      const found = await inRuntime(format, { ...given, calibration }, pixels);
      expect(apart(found['probabilities']!, wanted['probabilities']!)).toBeLessThan(0.1);
      const folder = await temporary();
      const request = { ...given, dataset: datasetOf(given), folder, record: recordGraph, calibration };
      const { files, about } = await format.write(request);
      const ops = opsOf(await readFile(files[0]!));
      expect(ops['QuantizeLinear']).toBeGreaterThan(ops['Conv']!);
      expect(ops['BatchNormalization']).toBe(undefined);
      expect(about).toContain('activations in int8 by 6 images');
      disposeAll(given.network);
    },
  );

  it('are chosen by the rule that is asked for', async () => {
    const given = ofBackbone(quick('resnet18'));
    const pixels = pixelsOf(4, given.size);
    const run = (ranges: string) =>
      inRuntime(onnx({ weights: 'int8', ranges }), { ...given, calibration: by(pixels) }, pixels);
    const [mse, percentile, extremes] = [await run('mse'), await run('percentile'), await run('extremes')];
    expect(mse).not.toEqual(extremes);
    expect(percentile).not.toEqual(extremes);
    disposeAll(given.network);
  });

  it('leave the layers that cost most in float32, as few as it takes, and say which', async () => {
    const given = ofBackbone(quick('mobilenetv2'));
    const pixels = pixelsOf(24, given.size);
    const calibration = by(pixels);
    const write = async (agreement: number) => {
      const folder = await temporary();
      const request = { ...given, dataset: datasetOf(given), folder, record: recordGraph, calibration };
      const format = onnx({ weights: 'int8', agreement });
      const { files, about } = await format.write(request);
      const opened = await openOnnx(files[0]!);
      const found = await opened.run(pixels);
      await opened.close();
      const kept = Number(/, (\d+) kept in float32/.exec(about)?.[1] ?? 0);
      const error = apart(found['probabilities']!, own(given, pixels)['probabilities']!);
      return { kept, about, error, ops: opsOf(await readFile(files[0]!)) };
    };
    const [none, some, all] = [await write(0), await write(0.995), await write(1)];
    expect(none.about).toContain('all ');
    expect(none.kept).toBe(0);
    expect(some.kept).toBeGreaterThan(0);
    expect(some.about).toMatch(/kept in float32 \(\w+/);
    expect(some.error).toBeLessThan(none.error);
    expect(all.kept).toBeGreaterThan(some.kept);
    expect(some.ops['QuantizeLinear']).toBeGreaterThan(0);
    expect(some.ops['QuantizeLinear']).toBeLessThanOrEqual(none.ops['QuantizeLinear']!);
    expect(all.error).toBeLessThan(some.error);
    disposeAll(given.network);
  });

  it('hold a detector, and a network with its exits', async () => {
    const detector = detectorCases[1]!;
    const task = taskOf(detector);
    const network = filled(detector, task);
    const given: Given = { network, task, size: detector.size };
    const pixels = pixelsOf(2, detector.size);
    const calibration = by(pixels);
    const found = await inRuntime(onnx({ weights: 'int8' }), { ...given, calibration }, pixels);
    const scores = (made: NdArray): number[] => [...made.data].filter((_, i) => i % 6 === 5);
    const [rounded, wanted] = [found, own(given, pixels)].map((made) => scores(made['detections']!));
    expect(rounded!.length).toBe(wanted!.length);
    expect(Math.max(...rounded!.map((v, i) => Math.abs(v - wanted![i]!)))).toBeLessThan(0.1);
    disposeAll(network);

    const backbone = quick('resnet18');
    const exits: Given = { ...ofBackbone(backbone), exits: exitsOf(backbone) };
    const images = pixelsOf(3, exits.size);
    const plain = await inRuntime(onnx(), exits, images);
    const eight = await inRuntime(onnx({ weights: 'int8' }), { ...exits, calibration: by(images) }, images);
    for (const [name, logits] of Object.entries(plain))
      expect(apart(eight[name]!, logits)).toBeLessThan(0.15);
  });

  it('are refused where weights are not in 8 bits, images are missing, or numbers have no end', async () => {
    const given = ofBackbone(quick('vgg11'));
    const pixels = pixelsOf(2, given.size);
    const run = (options: object, more: Partial<Given>) =>
      inRuntime(onnx(options), { ...given, ...more }, pixels);
    await expect(run({ weights: 'float16' }, { calibration: by(pixels) })).rejects.toThrow(/weights=float16/);
    await expect(run({ weights: 'int8', ranges: 'mse' }, {})).rejects.toThrow(/Add --calibrate/);
    const endless = { ...pixels, data: Float32Array.from(pixels.data, () => Infinity) };
    await expect(run({ weights: 'int8' }, { calibration: by(endless) })).rejects.toThrow(/not finite/);
    disposeAll(given.network);
  });
});
