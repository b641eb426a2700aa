import os from 'node:os';
import { BACKBONE, seedOf, type Registry, type Spec } from '@understory/core';

/** Bytes of a number of a map. */
const FLOAT = 4;
/**
 * What a step takes over the outputs of all layers, which the way back needs. ResNet-18 at half width, 128 images in two views: 1.1 GB
 * of outputs, a peak of 1.22 GB with cross-entropy and 1.55 GB with contrast.
 */
const OVERHEAD = 1.4;

const elements = (shape: readonly (number | null)[]): number =>
  shape.slice(1).reduce<number>((product, side) => product * (side ?? 1), 1);

/** Copies of the weights that training has: the weights, their gradients, the optimizer's state, and one to write them from. */
const COPIES = 4;

export interface StepMemory {
  /** Bytes for one image in one view. */
  readonly perView: number;
  /** Bytes whatever the batch is. */
  readonly fixed: number;
}

/** What a training step of a backbone takes, about. */
export const stepMemory = (
  registry: Registry,
  backbone: Spec,
  size: readonly [number, number],
): StepMemory => {
  const make = registry.make(BACKBONE, backbone);
  const { model } = make({ classes: 2, size, seed: seedOf(0), blank: true });
  const outputs = model.layers.flatMap(
    ({ outputShape }) => (Array.isArray(outputShape[0]) ? outputShape : [outputShape]) as (number | null)[][],
  );
  const sum = outputs.reduce((total, shape) => total + elements(shape), 0);
  const fixed = COPIES * FLOAT * model.countParams();
  model.dispose();
  return { perView: OVERHEAD * FLOAT * sum, fixed };
};

/** Memory of this machine, or of the part of it that the process may have, in bytes: the same from run to run. */
export const machineMemory = (): number => {
  const limit = process.constrainedMemory();
  const all = os.totalmem();
  return limit > 0 && limit < all ? limit : all;
};

/** Share of the machine's memory that a step may take. */
export const STEP_SHARE = 0.5;
