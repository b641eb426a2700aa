import { scalar, tensor1d, type Scalar, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  crossEntropyOf,
  float32,
  int32,
  schemaKeys,
  type Mixing,
  type Objective,
  classLogits,
} from '@understory/core';
import {
  buildContextOf,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
} from '@understory/core/testing';
import { focal } from '@understory/losses';
import { describe, expect, it } from 'vitest';
import { crossEntropy, mixedCrossEntropy, pool, supervisionPlugins } from './index.ts';

const backbone = tinyBackbone();
const labels = tensor1d([0, 3, 3, 1], 'int32');
const names = ['ant', 'bee', 'cat', 'dog', 'eel'];
const trainLabels = Int32Array.of(0, 0, 0, 0, 1, 1, 2, 3, 3, 4);
const BALANCED = [0.5, 1, 2, 1, 2];
const step = stepContextOf(backbone, {
  images: streamTensor([4, 8, 8, 3], 1) as Tensor4D,
  labels: { train: labels },
  fed: { share: scalar(0.3), partners: tensor1d([3, 2, 1, 0], 'int32') },
});
const context = buildContextOf(backbone, { streams: [streamOf()], trainLabels, classNames: names });
const termsOf = async (objective: Objective): Promise<Record<string, number>> => {
  const { terms } = await objective.build(context);
  return Object.fromEntries(
    Object.entries(terms(step).terms).map(([name, { value }]) => [name, value.dataSync()[0]!]),
  );
};

/** Does nothing to images. */
const still: Mixing = {
  name: 'still',
  sample: (_, batch) => ({ share: float32([1], []), partners: int32(new Int32Array(batch), [batch]) }),
  apply: (images) => images,
};
const parts: Readonly<Record<string, unknown>> = { head: pool(), mixing: still };
const taking = supervisionPlugins.filter(({ options }) => schemaKeys(options).includes('classWeights'));
/** An objective with the parts that it uses. */
const creator =
  ({ options, create }: (typeof taking)[number]) =>
  (given: object): Objective => {
    const used = schemaKeys(options).flatMap((key) => (key in parts ? [[key, parts[key]] as const] : []));
    return (create as unknown as (options: object) => Objective)({ ...Object.fromEntries(used), ...given });
  };

describe.each(taking.map((p) => [p.name, creator(p)] as const))('%s', (_, create) => {
  it('is what it was where all classes weigh the same, and another where they do not', async () => {
    const [none, same, table] = await Promise.all(
      [{}, { classWeights: [2, 2, 2, 2, 2] }, { classWeights: { dog: 3, ant: 0.5 } }].map((options) =>
        termsOf(create(options)),
      ),
    );
    for (const [name, value] of Object.entries(none!)) expect(same![name]).toBeCloseTo(value, 5);
    expect(Object.entries(table!).some(([name, value]) => Math.abs(value - none![name]!) > 1e-3)).toBe(true);
  });

  it('refuses weights of classes that there are not', async () => {
    await expect(termsOf(create({ classWeights: { cow: 2 } }))).rejects.toThrow(/No class named "cow"/);
    await expect(termsOf(create({ classWeights: [1, 2] }))).rejects.toThrow(/2 numbers.*5 classes/);
    expect(() => create({ classWeights: [-1, 1, 1, 1, 1] })).toThrow();
  });
});

describe('cross-entropy with class weights', () => {
  const logits: Tensor2D = step.rows(classLogits(step));
  const numberOf = (value: Scalar): number => value.dataSync()[0]!;

  it('is that of the loss with the weights, smoothed too', async () => {
    const expected = numberOf(crossEntropyOf(0.1)(logits, labels, tensor1d(BALANCED)));
    const { ce } = await termsOf(crossEntropy({ classWeights: 'balanced', labelSmoothing: 0.1 }));
    expect(ce).toBeCloseTo(expected, 6);
  });

  it('goes on to another loss, or says that it cannot', async () => {
    const expected = numberOf(focal()(logits, labels, tensor1d(BALANCED)));
    expect((await termsOf(crossEntropy({ classWeights: 'balanced', loss: focal() })))['ce']).toBeCloseTo(
      expected,
      6,
    );
    const plain = (): Scalar => scalar(0);
    for (const make of [
      () => crossEntropy({ classWeights: 'balanced', loss: plain }),
      () => mixedCrossEntropy({ classWeights: 'balanced', loss: plain, mixing: still }),
    ])
      expect(make).toThrow(/takes no class weights/);
  });

  it('shares a mixed image out between the weighted losses of both labels', async () => {
    const loss = crossEntropyOf();
    const weights = tensor1d(BALANCED);
    const [own, other] = [labels, tensor1d([1, 3, 3, 0], 'int32')].map((y) =>
      numberOf(loss(logits, y, weights)),
    );
    const { ce } = await termsOf(mixedCrossEntropy({ classWeights: 'balanced', mixing: still }));
    expect(ce).toBeCloseTo(0.3 * own! + 0.7 * other!, 5);
  });
});
