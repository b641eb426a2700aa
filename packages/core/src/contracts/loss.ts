import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { token } from '../plugin.ts';

/**
 * Contrasts embeddings. `features` [V·B, D], views stacked, first view first, rows of any length (the loss
 * normalises); `labels` [B] or [V·B] int32, absent where only the views tell what belongs together → [] in nats.
 */
export type ContrastiveLoss = (features: Tensor2D, labels?: Tensor1D) => Scalar;
export const LOSS = token<ContrastiveLoss>('loss');

/** Compares logits [B, C] with labels [B] int32 → [] in nats. */
export type ClassificationLoss = (logits: Tensor2D, labels: Tensor1D) => Scalar;
export const CLASSIFICATION_LOSS = token<ClassificationLoss>('classification-loss');
