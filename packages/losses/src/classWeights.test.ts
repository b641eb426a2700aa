import {
  cast,
  scalar,
  tensor1d,
  valueAndGrad,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { crossEntropyOf, mixedLoss, type ClassificationLoss } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { expectGolden, goldens, ids, leaked, numberOf, stream, type Golden } from './golden.test.support.ts';
import { binaryCrossEntropy, crossEntropy, focal } from './index.ts';
import { classificationLossPlugins } from './plugins/index.ts';

type Weighted = Golden & { readonly weights: number[]; readonly options: { readonly smoothing?: number } };
const cases = goldens('classWeights.json') as Weighted[];

/** The losses of a golden case: core's own beside that of this package. */
const lossesOf = ({ loss, options }: Weighted): readonly [ClassificationLoss, ...ClassificationLoss[]] => {
  if (loss === 'focal') return [focal()];
  if (loss === 'binaryCrossEntropy') return [binaryCrossEntropy()];
  return [crossEntropy(options), crossEntropyOf(options.smoothing)];
};

const partners: Tensor1D = ids(5, 4, 3, 2, 1, 0);

describe('class weights against PyTorch', () => {
  it.each(cases)('$loss $options, $name, weights $weights', (golden) => {
    const weights = tensor1d(golden.weights);
    const [own, ...others] = lossesOf(golden);
    for (const loss of [own, ...others]) {
      const of = (logits: Tensor2D, labels: Tensor1D): Scalar => loss(logits, labels, weights);
      expectGolden(
        golden,
        ({ logits, labels }) =>
          golden.loss === 'mixed'
            ? mixedLoss((y) => of(logits as Tensor2D, y), labels as Tensor1D, {
                share: scalar(0.3),
                partners,
              })
            : of(logits as Tensor2D, labels as Tensor1D),
        // Core's gradient is exact beside that of the batch, not beside that of a row which is nearly right.
        { tolerance: 1e-5, floor: loss === own ? 1e-9 : 0.1 },
      );
    }
  });
});

const named = classificationLossPlugins.map(
  ({ name, create }) => [name, (create as (options: object) => ClassificationLoss)({})] as const,
);
describe.each([...named, ['cross-entropy of core', crossEntropyOf()] as const])('%s', (_, loss) => {
  const [logits, labels] = [stream([4, 5], 1), ids(0, 3, 2, 4)];

  it('counts all classes alike where all weigh the same', () => {
    const same = numberOf(loss(logits, labels, tensor1d([3, 3, 3, 3, 3])));
    expect(same / numberOf(loss(logits, labels))).toBeCloseTo(1, 5);
  });

  it('costs 0 and pulls nowhere where no image of the batch has a weight', () => {
    const none = tensor1d([0, 1, 0, 0, 0]);
    const { value, grad } = valueAndGrad((x: Tensor2D) => loss(x, labels, none))(logits);
    expect([numberOf(value), ...grad.dataSync()].every((v) => v === 0)).toBe(true);
  });

  it('refuses logits that are no float32', () => {
    const whole = cast(logits, 'int32');
    expect(() => loss(whole, labels)).toThrow(/logits \[\d+, 5\] are int32. Give them as float32/);
  });

  it('refuses a single class, which leaves nothing to tell apart', () => {
    expect(() => loss(stream([2, 1], 1), ids(0, 0))).toThrow(/logits \[2, 1\] are of one class/);
  });

  it('leaves no tensor behind', () => {
    const weights = tensor1d([1, 2, 3, 4, 5]);
    expect(leaked(() => loss(logits, labels, weights))).toBe(0);
  });
});
