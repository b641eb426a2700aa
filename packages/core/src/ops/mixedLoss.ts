import { add, gather, mul, sub, tidy, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { requireLabels } from './checkTensors.ts';

/**
 * The loss of mixed images: `share` [] of the loss towards their own labels, the rest towards their `partners`' [B] int32.
 * `loss` sees labels [B] int32 and closes over the logits of the mixed images → [], in its unit.
 */
export const mixedLoss = (
  loss: (labels: Tensor1D) => Scalar,
  labels: Tensor1D,
  { share, partners }: Readonly<Record<string, Tensor>>,
): Scalar =>
  tidy(() => {
    requireLabels('partners of mixed images', partners!, { rows: { labels }, classes: labels.shape[0] });
    return add(mul(loss(labels), share!), mul(loss(gather(labels, partners as Tensor1D)), sub(1, share!)));
  });
