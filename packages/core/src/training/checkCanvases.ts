import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Experiment } from '../contracts/experiment.ts';
import type { Network } from '../contracts/objective.ts';
import { canvasSizes } from '../data/canvases.ts';
import { viewSize } from '../data/view.ts';
import { UnderstoryError } from '../errors.ts';

type Shape = (number | null)[];

const shapesAfter = (model: LayersModel, inputs: Shape[]): Shape[] => {
  const given = inputs.length === 1 ? (inputs[0] ?? []) : inputs;
  const made = model.computeOutputShape(given);
  return Array.isArray(made[0]) ? (made as Shape[]) : [made as Shape];
};

/**
 * Refuses, before the first step, a network that cannot look at images of each of its data's canvases: one that was built for
 * one size alone. Errors: `canvas`.
 */
export const checkCanvases = (
  { streams }: Pick<Experiment, 'streams'>,
  { backbone, head }: Pick<Network, 'backbone' | 'head'>,
): void => {
  const [whole, ...others] = canvasSizes(streams).map((size) => viewSize(streams[0].views[0] ?? [], size));
  for (const size of others) {
    if (size.join() === whole?.join()) continue;
    try {
      const features = shapesAfter(backbone.model, [[1, ...size, 3]]);
      if (head) shapesAfter(head.model, features.slice(0, backbone.taps.length + 1));
    } catch (cause) {
      if (cause instanceof UnderstoryError) throw cause;
      throw new UnderstoryError(
        'canvas',
        `The network was built for images of ${whole?.join('×')} pixels and cannot look at those of ${size.join('×')}, which ` +
          'the data holds too. Give all images one size, such as "size: 512" of the dataset, or take another backbone.',
        { cause },
      );
    }
  }
};
