import { tidy, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { choose } from '../pixels/pixels.ts';
import { ofPartners } from './partners.ts';

/**
 * The loss of mixed images: `share` of the loss towards their own labels, the rest towards their partners'. `loss` sees
 * labels [B] int32 and closes over the logits of the mixed images.
 */
export const mixedLoss = (
  loss: (labels: Tensor1D) => Scalar,
  labels: Tensor1D,
  { share, partners }: Readonly<Record<string, Tensor>>,
): Scalar => tidy(() => choose<Scalar>(share!, loss(labels), loss(ofPartners(labels, partners!))));
