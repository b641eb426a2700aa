import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Experiment } from '../contracts/experiment.ts';
import type { Network } from '../contracts/objective.ts';
import { canvasSizes } from '../data/canvases.ts';
import { middleOf } from '../data/preprocess.ts';
import { viewSize } from '../data/view.ts';
import { UnderstoryError } from '../errors.ts';

type Shape = (number | null)[];
type Layer = SymbolicTensor['sourceLayer'];
type Size = readonly [height: number, width: number];

const shapesIn = (made: Shape | Shape[]): Shape[] =>
  Array.isArray(made[0]) ? (made as Shape[]) : [made as Shape];

/** A layer; those without weights have no such list, whatever tfjs's types say. */
interface Fitted {
  readonly name: string;
  readonly inputSpec?: Layer['inputSpec'] | null;
}

/** Dense layers say what they would give for any number of inputs, and fail once they are to multiply. */
const requireFit = ({ name, inputSpec }: Fitted, given: readonly Shape[]): void => {
  for (const [i, { axes }] of (inputSpec ?? []).entries())
    for (const [axis, wanted] of Object.entries(axes ?? {})) {
      const size = given[i]?.at(Number(axis));
      if (size !== wanted) throw new Error(`${name} takes ${wanted} numbers, not ${size}`);
    }
};

/** What comes out of a model for inputs of other shapes than it was built for. Throws where a layer cannot take what comes to it. */
const shapesAfter = (model: LayersModel, inputs: readonly Shape[]): Shape[] => {
  const known = new Map(model.inputs.map((input, i) => [input, inputs[i] ?? []]));
  const shapeOf = (tensor: SymbolicTensor): Shape => {
    const before = known.get(tensor);
    if (before) return before;
    const { sourceLayer, outputTensorIndex } = tensor;
    const given = tensor.inputs.map(shapeOf);
    requireFit(sourceLayer, given);
    const [first = [], ...others] = given;
    const made = shapesIn(sourceLayer.computeOutputShape(others.length === 0 ? first : given));
    const shape = made[outputTensorIndex ?? 0] ?? [];
    known.set(tensor, shape);
    return shape;
  };
  return model.outputs.map(shapeOf);
};

/** Images of another size than those that a network was built for, and what says of them where they are and what to do. */
interface OtherSize {
  readonly size: Size;
  readonly code: string;
  readonly text: string;
}

const canvasesOf = ({ streams }: Pick<Experiment, 'streams'>): OtherSize[] =>
  canvasSizes(streams).map((size) => ({
    size: viewSize(streams[0].views[0] ?? [], size),
    code: 'canvas',
    text: 'which the data holds too. Give all images one size, such as "size: 512" of the dataset, or take another backbone.',
  }));

/** Images as evaluation shows them. */
const evaluatedOf = (
  { dataset: { validation, test }, inferenceCrop }: Pick<Experiment, 'dataset' | 'inferenceCrop'>,
  built: Size,
): OtherSize[] =>
  [validation, test]
    .filter(({ length }) => length > 0)
    .map(({ size }) => ({
      size: middleOf(size, inferenceCrop).size,
      code: 'inference-size',
      text:
        'as evaluation shows them: the views that it trains on make others. ' +
        `Set "inferenceCrop: [${built.join(', ')}]", which shows the middle of images, or take another backbone.`,
    }));

/**
 * Refuses, before the first step, a network that was built for one size alone and cannot look at images of each of its data's
 * canvases, or at those that it is evaluated on. Errors: `canvas`, `inference-size`.
 */
export const checkImageSizes = (
  experiment: Pick<Experiment, 'streams' | 'dataset' | 'inferenceCrop'>,
  { backbone, head }: Pick<Network, 'backbone' | 'head'>,
): void => {
  const [{ size: built } = { size: [0, 0] as const }, ...canvases] = canvasesOf(experiment);
  for (const { size, code, text } of [...canvases, ...evaluatedOf(experiment, built)]) {
    if (size.join() === built.join()) continue;
    try {
      const features = shapesAfter(backbone.model, [[1, ...size, 3]]);
      if (head) shapesAfter(head.model, features.slice(0, backbone.taps.length + 1));
    } catch (cause) {
      if (cause instanceof UnderstoryError) throw cause;
      const what = `The network was built for images of ${built.join('×')} pixels and cannot look at those of ${size.join('×')}`;
      throw new UnderstoryError(code, `${what}, ${text}`, { cause });
    }
  }
};
