import { addN, concat, div, io, slice, softmax, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { backbonePlugins, multiplyAdds, multiplyAddsUpTo } from '@understory/backbones';
import {
  forward,
  initialize,
  normalizeImages,
  runModule,
  seedOf,
  type Backbone,
  type ExportedExits,
} from '@understory/core';
import { streamTensor, tinyBackbone } from '@understory/core/testing';
import { expect, it } from 'vitest';
import { cutAtTaps } from './cutAtTaps.ts';
import { exitsOf } from '../testing/exits.test.support.ts';
import { build, quick } from '../testing/quickBackbones.test.support.ts';
import { exitsModel, type ExitMetadata, type ExitsMetadata } from './exitsModel.ts';

const normalization = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] } as const;
const call = { training: false };

/** What the network itself and its heads give, calibrated. */
const expected = (backbone: Backbone, { early, end }: ExportedExits, pixels: Tensor): Tensor[] => {
  const { taps, outputs } = forward({ backbone }, normalizeImages(pixels, normalization), call);
  const given = early.map(({ classifier, temperature }, i) =>
    div(
      classifier.reduce<Tensor>((x, m) => runModule(m, x, call), taps[i]!),
      temperature,
    ),
  );
  const scores = [...early, end].map(({ inside }, i) => runModule(inside, taps[i]!, call));
  return [...given, div(outputs['logits']!, end.temperature), div(addN(scores), scores.length)];
};

/** A model as plain tfjs reads it from the text that it was saved as. */
const reloaded = async (made: LayersModel): Promise<LayersModel> => {
  let saved: io.ModelArtifacts | undefined;
  await made.save(
    io.withSaveHandler((artifacts) => {
      const { weightData, ...rest } = artifacts;
      saved = { ...(JSON.parse(JSON.stringify(rest)) as io.ModelArtifacts), weightData: weightData! };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  return loadLayersModel(io.fromMemory(saved!));
};

const close = (found: Tensor, wanted: Tensor): void => {
  const values = wanted.dataSync();
  found.dataSync().forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThan(1e-4));
};

type Size = readonly [number, number];

const sizeOf = ({ model }: Backbone): Size => model.inputs[0]!.shape.slice(1, 3) as [number, number];

/** For images of a size, whose middle the backbone sees. */
const whole = (backbone: Backbone, exits: ExportedExits, size = sizeOf(backbone)): LayersModel =>
  exitsModel(backbone, exits, { classes: [], normalization, crop: sizeOf(backbone), size });

const exitsIn = (made: LayersModel): readonly ExitMetadata[] =>
  (made.getUserDefinedMetadata() as unknown as ExitsMetadata).exits;

const surest = (logits: Tensor): number => Math.max(...softmax(logits as Tensor2D).dataSync());

/** The cascade of the README. */
const leave = (
  made: LayersModel,
  pixels: Tensor,
  exits: readonly Pick<ExitMetadata, 'part' | 'threshold'>[],
): { readonly at: string; readonly logits: Tensor } => {
  let state = [pixels];
  for (const { part, threshold } of exits) {
    const given = (made.getLayer(part) as unknown as LayersModel).predict(state);
    const [logits, , ...next] = [given].flat();
    if (surest(logits!) >= threshold) return { at: part, logits: logits! };
    state = next;
  }
  throw new Error('The last exit takes all.');
};

it('gives each exit’s calibrated logits when plain tfjs loads it, with thresholds and temperatures', async () => {
  const backbone = tinyBackbone();
  const exits = exitsOf(backbone);
  const pixels = streamTensor([3, 8, 8, 3], 4, 127);
  const loaded = await reloaded(whole(backbone, exits));
  const found = loaded.predict(pixels) as Tensor[];
  expected(backbone, exits, pixels).forEach((wanted, e) => close(found[e]!, wanted));
  expect(loaded.getUserDefinedMetadata()).toEqual({
    exits: [...exits.early, exits.end].map(({ name, threshold, temperature, multiplyAdds: count }) => {
      return { part: name, threshold, temperature, multiplyAdds: count };
    }),
    insideFrom: -0.7,
  });
});

it('runs part by part to the same numbers, and computes no more than up to where one leaves', async () => {
  const backbone = tinyBackbone();
  const exits = exitsOf(backbone);
  const upTo = multiplyAddsUpTo(backbone);
  const loaded = await reloaded(whole(backbone, exits));
  const heads = [...exits.early, exits.end].map(({ classifier, inside }) =>
    [...classifier, inside].reduce((sum, m) => sum + multiplyAdds(m), 0),
  );
  const [names, left] = [['stage1', 'stage2', 'stage3', 'end'], new Set<string>()];
  const parts = names.map((name) => multiplyAdds(loaded.getLayer(name)));
  expect(parts).toEqual(
    [upTo[0]!, upTo[1]! - upTo[0]!, upTo[2]! - upTo[1]!, upTo[4]! - upTo[2]!].map(
      (trunk, i) => trunk + heads[i]!,
    ),
  );
  const rows = Array.from({ length: 12 }, (_, i) => streamTensor([1, 8, 8, 3], 10 + i, 127));
  const all = loaded.predict(concat(rows)) as Tensor2D[];
  const alone = (e: number, i: number): Tensor => all[e]!.slice([i, 0], [1, -1]);
  // Half of the rows leave at the first exit.
  const threshold = rows.map((_, i) => surest(alone(0, i))).sort((a, b) => a - b)[6]!;
  const told = exitsIn(loaded).map((exit) => ({
    ...exit,
    threshold: Math.min(exit.threshold, 1) && threshold,
  }));
  for (const [i, row] of rows.entries()) {
    const { at, logits } = leave(loaded, row, told);
    const e = names.indexOf(at);
    close(logits, alone(e, i));
    expect(names.slice(0, e).every((_, before) => surest(alone(before, i)) < threshold + 1e-6)).toBe(true);
    left.add(at);
  }
  expect(left.size).toBeGreaterThan(1);
});

it('cuts the middle out of larger images before its first part', async () => {
  const backbone = tinyBackbone();
  const exits = exitsOf(backbone);
  const pixels = streamTensor([3, 11, 14, 3], 4, 127);
  const loaded = await reloaded(whole(backbone, exits, [11, 14]));
  const found = loaded.predict(pixels) as Tensor[];
  const middle = slice(pixels, [0, 2, 3, 0], [3, 8, 8, 3]); // half of 3 pixels is 1.5, which goes to the even 2
  expected(backbone, exits, middle).forEach((wanted, e) => close(found[e]!, wanted));
});

it('writes a threshold that nobody reaches as a number above 1', () => {
  const backbone = tinyBackbone();
  const exits = exitsOf(backbone);
  const never = { ...exits, early: exits.early.map((exit) => ({ ...exit, threshold: Infinity })) };
  expect(exitsIn(whole(backbone, never)).map(({ threshold }) => threshold)).toEqual([2, 2, 2, 0]);
});

/** Weights that let every number matter; variances stay 1. */
const fill = (backbone: Backbone): Backbone => {
  initialize(backbone.model, seedOf(2));
  return backbone;
};

it.each([
  ['densenet121', { stem: 'cifar', width: 0.25, depth: 0.2 }],
  ['vit-s16', { stem: 'cifar', width: 0.17, depth: 0.34 }],
  ['shufflenetv2-x1', { stem: 'cifar' }],
  ['preactresnet18', { stem: 'cifar', width: 0.0625 }],
])('cuts %s, whatever goes past its taps', async (name, options) => {
  const backbone = fill(build(name, options, 16));
  const exits = exitsOf(backbone);
  const pixels = streamTensor([1, 16, 16, 3], 4, 127);
  const loaded = await reloaded(whole(backbone, exits));
  const found = loaded.predict(pixels) as Tensor[];
  expected(backbone, exits, pixels).forEach((wanted, e) => close(found[e]!, wanted));
});

it('cuts every backbone into parts that have each of its weights once', () => {
  for (const { name } of backbonePlugins) {
    const backbone = quick(name);
    const ends = backbone.taps.map((tap) => ({
      name: tap.name,
      end: (map: SymbolicTensor, logits = map) => [
        layers.activation({ name: `${tap.name}/end`, activation: 'linear' }).apply(logits) as SymbolicTensor,
      ],
    }));
    const parts = cutAtTaps(backbone, ends, { size: sizeOf(backbone), first: (pixels) => pixels });
    const weights = parts.flatMap((part) => part.weights.map(({ originalName }) => originalName));
    const own = backbone.model.weights.map(({ originalName }) => originalName);
    expect(weights.sort(), name).toEqual(own.sort());
    backbone.model.dispose();
  }
});
