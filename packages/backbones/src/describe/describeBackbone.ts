import type { Backbone, Tap } from '@understory/core';
import type { layers } from '@tensorflow/tfjs-layers';
import { multiplyAdds } from './multiplyAdds.ts';

type Layer = layers.Layer;

export interface TapDescription extends Tap {
  /** [h, w, c] */
  readonly shape: readonly number[];
}

/** Layers that belong together: a stem, a stage, a block, a classifier. */
export interface PartDescription {
  readonly name: string;
  /** Layers that own weights. */
  readonly layers: number;
  /** What its last layer gives, without the batch. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /** For one image. */
  readonly multiplyAdds: number;
  /** The tap whose map comes out of this part. */
  readonly tap?: string;
}

/** A backbone as plain data, for lists, tables and JSON. */
export interface BackboneDescription {
  readonly name: string;
  readonly classes: number;
  /** [h, w, 3] */
  readonly input: readonly number[];
  /** Width of the pooled feature. */
  readonly features: number;
  readonly parameters: {
    /** Numbers that are trained, batch norm's scales and offsets too. */
    readonly trainable: number;
    /** Running means and variances of batch norms. */
    readonly statistics: number;
  };
  /** For one image. */
  readonly multiplyAdds: number;
  readonly taps: readonly TapDescription[];
  readonly parts: readonly PartDescription[];
}

type Weights = Layer['weights'];

const count = (weights: Weights): number =>
  weights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0);

const shapeOf = (layer: Layer): number[] => (layer.outputShape as (number | null)[]).slice(1) as number[];

/** Each layer's part: the first word of its path, or, where layers have no paths, the tap that comes next. */
const partNames = ({ model, taps }: Backbone, maps: readonly string[]): string[] => {
  const names = model.layers.map((layer) => layer.name);
  if (maps.some((name) => name.includes('/'))) return names.map((name) => name.split('/')[0]!);
  const ends = maps.map((name) => names.indexOf(name));
  return names.map((_, i) => taps[ends.findIndex((end) => i <= end)]?.name ?? 'end');
};

const partOf = (name: string, members: readonly Layer[], tap: string | undefined): PartDescription => ({
  name,
  layers: members.filter((layer) => layer.weights.length > 0).length,
  shape: shapeOf(members.at(-1)!),
  parameters: count(members.flatMap((layer) => layer.trainableWeights)),
  multiplyAdds: members.reduce((sum, layer) => sum + multiplyAdds(layer), 0),
  ...(tap !== undefined && { tap }),
});

const partsOf = (backbone: Backbone): PartDescription[] => {
  const { model, taps } = backbone;
  const sources = model.outputs.map(({ sourceLayer }) => sourceLayer).slice(0, taps.length);
  const names = partNames(
    backbone,
    sources.map(({ name }) => name),
  );
  const all = model.layers.map((layer, i) => ({ layer, name: names[i]! }));
  const members = all.filter(({ layer }) => layer.getClassName() !== 'InputLayer');
  return [...new Set(members.map(({ name }) => name))].map((name) => {
    const own = members.filter((m) => m.name === name).map((m) => m.layer);
    const tap = sources.findIndex((source) => own.includes(source));
    return partOf(name, own, taps[tap]?.name);
  });
};

/** What a backbone is made of. Needs no weights: ask its factory for a `blank` one. */
export const describeBackbone = (backbone: Backbone): BackboneDescription => {
  const { name, classes, features, model, taps } = backbone;
  const parts = partsOf(backbone);
  return {
    name,
    classes,
    input: model.inputs[0]!.shape.slice(1) as number[],
    features,
    parameters: { trainable: count(model.trainableWeights), statistics: count(model.nonTrainableWeights) },
    multiplyAdds: parts.reduce((sum, part) => sum + part.multiplyAdds, 0),
    taps: taps.map((tap, i) => ({ ...tap, shape: model.outputs[i]!.shape.slice(1) as number[] })),
    parts,
  };
};
