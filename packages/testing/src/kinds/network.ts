import { zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { seedOf, type Backbone, type BackboneFactory, type HeadFactory, type Seed } from '@understory/core';
import { check, isSame, leavesNothing, requireThat, type ChecksOfKind } from '../check.ts';

const CLASSES = 5;

type Shape = readonly (number | null)[];

const shapesOf = (model: LayersModel): readonly Shape[] => model.outputs.map(({ shape }) => shape);
const shown = (shape: Shape): string => `[${shape.map((n) => n ?? 'B').join(', ')}]`;
const requireShape = (what: string, shape: Shape | undefined, wanted: Shape): void => {
  const fits = shape?.length === wanted.length && wanted.every((n, i) => n === shape[i]);
  requireThat(fits, `${what} is ${shape ? shown(shape) : 'not there'}, and should be ${shown(wanted)}`);
};

const valuesOf = (model: LayersModel): number[] =>
  model.getWeights().flatMap((w) => Array.from(w.dataSync()));

/** Makes models with one seed, with it again, and with another one. */
const requireSeeded = (built: (seed: Seed) => LayersModel): void => {
  const [first, again, other] = [1, 1, 2].map((seed) => {
    const model = built(seedOf(seed));
    const values = valuesOf(model);
    model.dispose();
    return values;
  }) as [number[], number[], number[]];
  requireThat(
    isSame(first, again),
    'the same seed gives other weights: draw them by initialize, not by the layers',
  );
  requireThat(first.length === 0 || !isSame(first, other), 'another seed gives the same weights');
};

const requireMaps = ({ model, taps, features }: Backbone, size: readonly [number, number]): void => {
  const shapes = shapesOf(model);
  requireThat(taps.length > 0, 'it has no tap');
  for (const [i, { name, channels, stride }] of taps.entries()) {
    const sides = size.map((side) => Math.ceil(side / stride));
    requireShape(`the map of "${name}"`, shapes[i], [null, ...sides, channels]);
  }
  requireShape('the pooled feature', shapes[taps.length], [null, features]);
  requireShape('the logits', shapes[taps.length + 1], [null, CLASSES]);
};

const requireOrder = ({ taps }: Backbone): void => {
  requireThat(new Set(taps.map(({ name }) => name)).size === taps.length, 'two taps have one name');
  const strides = taps.map(({ stride }) => stride);
  const rises = strides.every((stride, i) => stride >= (strides[i - 1] ?? 1));
  requireThat(rises, `strides are ${strides.join(', ')}; taps go from shallow to deep`);
};

/** `BACKBONE`: the network up to its pooled feature, with named maps. */
export const backboneChecks: ChecksOfKind<BackboneFactory> = (make, { size = [32, 32] }) => {
  const built = (request: { classes?: number; seed?: Seed; blank?: boolean } = {}): Backbone =>
    make()({ classes: CLASSES, size, seed: seedOf(1), ...request });
  const using = (backbone: Backbone, look: (backbone: Backbone) => void): void => {
    try {
      look(backbone);
    } finally {
      backbone.model.dispose();
    }
  };
  return [
    check('gives the map of each tap, the pooled feature and the logits that it says', () =>
      using(built(), (backbone) => requireMaps(backbone, size)),
    ),
    check('has taps of different names, shallow to deep', () => using(built(), requireOrder)),
    check('has no classifier where the task brings outputs of its own', () =>
      using(built({ classes: 0 }), ({ model: { outputs }, taps, classes }) =>
        requireThat(
          outputs.length === taps.length + 1 && classes === 0,
          `with 0 classes it has ${outputs.length} outputs, and says ${classes} classes`,
        ),
      ),
    ),
    check('draws its weights from the seed alone', () => requireSeeded((seed) => built({ seed }).model)),
    check('has the same weights by name where it is blank', () => {
      const [full, blank] = [built().model, built({ blank: true }).model];
      const names = [full, blank].map((model) => model.weights.map((w) => w.originalName).join(' '));
      for (const model of [full, blank]) model.dispose();
      requireThat(names[0] === names[1], 'blank, it has other weights');
    }),
    check('leaves no tensor behind', () =>
      leavesNothing('a model that is disposed of', () => void built().model.dispose()),
    ),
  ];
};

/** `HEAD`: embeds a map. */
export const headChecks: ChecksOfKind<HeadFactory> = (make) => {
  const towards = [
    { name: 'one', channels: 6, stride: 2 },
    { name: 'two', channels: 8, stride: 4 },
  ];
  const built = (seed: Seed): LayersModel =>
    make()({ name: 'head', towards, shape: [8, 8, 6], features: 8, seed });
  return [
    check('makes a vector of each image', () => {
      const model = built(seedOf(1));
      const embedded = model.predict(zeros([2, 8, 8, 6]));
      const shape = Array.isArray(embedded) ? [] : embedded.shape;
      model.dispose();
      requireThat(shape.length === 2 && shape[0] === 2, `two maps give ${shown(shape)}, not [2, D]`);
    }),
    check('draws its weights from the seed alone', () => requireSeeded(built)),
    check('leaves no tensor behind', () =>
      leavesNothing('a head that is disposed of', () => void built(seedOf(1)).dispose()),
    ),
  ];
};
