import {
  cast,
  div,
  equal,
  expandDims,
  matMul,
  mean,
  mul,
  norm,
  relu,
  sub,
  tile,
} from '@tensorflow/tfjs-core';
import { LOSS, plugin } from '@understory/core';
import { z } from 'zod';

/** Pulls embeddings of one class together and keeps those of two classes apart, by their cosine. */
const cosineMargin =
  ({ margin }) =>
  (features, labels) => {
    const rows = div(features, norm(features, 2, 1, true)); // [N, D], unit length
    const cosine = matMul(rows, rows, false, true); // [N, N]
    const tiled = tile(labels, [features.shape[0] / labels.shape[0]]); // one label a view
    const same = cast(equal(expandDims(tiled, 0), expandDims(tiled, 1)), 'float32');
    /** @type {import('@tensorflow/tfjs-core').Scalar} */
    const loss = mean(sub(relu(mul(sub(cosine, margin), sub(1, same))), mul(same, cosine)));
    return loss;
  };

export const cosineMarginPlugin = plugin({
  token: LOSS,
  name: 'cosine-margin',
  summary: 'Cosine of pairs, with a margin between classes',
  options: z.strictObject({ margin: z.number().default(0.2).describe('cosine that two classes may have') }),
  create: cosineMargin,
});
