import type { NdArrays, Prediction } from '@understory/core';

/** Whether a network's numbers for an image are finite, so that the prediction that was read from them means something. */
export const isSound = (prediction: Prediction, outputs: NdArrays): boolean =>
  prediction.kind === 'class'
    ? prediction.classes.length > 0
    : Object.values(outputs).every(({ data }) => data.every(Number.isFinite));
