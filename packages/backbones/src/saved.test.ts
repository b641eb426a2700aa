import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { streamImages } from './testing/deterministic.ts';
import { build, quickCases, title } from './testing/reference.ts';
import { reloaded } from './testing/saved.ts';

const difference = (a: Tensor, b: Tensor): number => {
  const other = b.dataSync();
  return Math.max(...a.dataSync().map((v, i) => Math.abs(v - other[i]!)));
};

const sameOutputs = (here: LayersModel, there: LayersModel, side: number): void =>
  tidy(() => {
    const x = streamImages(2, side);
    const [ours, theirs] = [here.predict(x), there.predict(x)].map((y) => (Array.isArray(y) ? y : [y]));
    expect(theirs!.map((y) => y.shape)).toEqual(ours!.map((y) => y.shape));
    for (const [i, y] of ours!.entries()) expect(difference(y, theirs![i]!)).toBeLessThan(1e-4);
  });

describe.each(quickCases.map((reference) => [title(reference), reference] as const))('%s', (_, reference) => {
  it('gives the same logits and maps when plain tfjs loads it', async () => {
    const { model: made } = build(reference);
    const loaded = await reloaded(made);
    sameOutputs(made, loaded, reference.side);
    const names = ({ weights }: LayersModel): string[] => weights.map((w) => w.originalName).sort();
    expect(names(loaded)).toEqual(names(made));
    made.dispose();
    loaded.dispose();
  });
});

it('survives as a model inside of another', async () => {
  const reference = quickCases.find((c) => c.options.variant === 'resnext50')!;
  const { model: made } = build(reference);
  const x = input({ shape: [reference.side, reference.side, 3], name: 'pixels' });
  const classifier = model({ name: 'backbone', inputs: made.inputs, outputs: made.outputs.at(-1)! });
  const whole = model({ inputs: x, outputs: classifier.apply(x) as SymbolicTensor });
  sameOutputs(whole, await reloaded(whole), reference.side);
});
