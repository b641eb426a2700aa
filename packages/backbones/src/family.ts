import {
  BACKBONE,
  explain,
  initialize,
  plugin,
  seedOf,
  unknownName,
  UnderstoryError,
  type Backbone,
  type BackboneFactory,
  type BackboneRequest,
  type InitRule,
  type Plugin,
  type Seed,
  type StageSpec,
  type Tap,
} from '@understory/core';
import { input, model, type layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { z } from 'zod';
import { channels } from './parts/connect.ts';

/** A map that objectives can tap, by name. */
export type NamedMap = readonly [name: string, map: SymbolicTensor];

/** What a family's reader makes of a row of its table. */
export interface Network {
  /** Shallow to deep; the last one is pooled. */
  readonly maps: readonly NamedMap[];
  readonly pooled: SymbolicTensor;
  readonly logits: SymbolicTensor;
  /** How its weights begin. */
  readonly rule: InitRule;
  readonly stages?: readonly StageSpec[];
  readonly extend?: Backbone['extend'];
}

/** Networks that differ in a row of a table and in options. */
export interface Family<V extends string, Row, O extends z.ZodType> {
  readonly table: Readonly<Record<V, Row>>;
  readonly options: O;
  /** One line for lists and help. */
  readonly summary: (variant: V) => string;
  /** When to use it, in a sentence; for its page. */
  readonly when: string;
  /** Who it is by, and where it is written down; for its page. */
  readonly source: (variant: V) => string;
  /** Side of the images that it was made for, in pixels. */
  readonly side: (options: z.output<O>, row: Row) => number;
  readonly build: (images: SymbolicTensor, row: Row, options: z.output<O>, classes: number) => Network;
}

/** How a backbone is asked for without a registry. */
export type Arguments<V extends string, O extends z.ZodType> = z.input<O> & {
  readonly variant: V;
  readonly classes: number;
  /** Pixels of the input's side, or [height, width]; what the stem is made for where nothing is said. */
  readonly size?: number | readonly [number, number];
  /** Where the first weights come from; 0 where nothing is said. */
  readonly seed?: number | Seed;
  /** Leaves all weights at zero. */
  readonly blank?: boolean;
};

export interface FamilyExports<V extends string, O extends z.ZodType> {
  readonly make: (args: Arguments<V, O>) => Backbone;
  /** One plugin a row. */
  readonly plugins: readonly Plugin<BackboneFactory, z.output<O>>[];
}

/** Height of a map, or of the images. */
const heightOf = ({ shape }: SymbolicTensor): number => shape[1]!;

/** Strides are whole multiples of each other, whatever is left over at an edge: 28 pixels give maps of 28, 14, 7 and 4. */
const tapsOf = (maps: readonly NamedMap[], images: SymbolicTensor): Tap[] => {
  let [stride, height] = [1, heightOf(images)];
  return maps.map(([name, map]) => {
    stride *= Math.round(height / heightOf(map));
    height = heightOf(map);
    return { name, channels: channels(map), stride };
  });
};

/** Errors: `bad-size` where images are so small that nothing is left of a map. */
const mustHavePlaces = (
  name: string,
  maps: readonly NamedMap[],
  [height, width]: BackboneRequest['size'],
): void => {
  const empty = maps.find(([, { shape }]) => !(shape[1]! >= 1 && shape[2]! >= 1));
  if (empty)
    throw new UnderstoryError(
      'bad-size',
      `Of images of ${height}×${width} pixels nothing is left at ${empty[0]} of ${name}. Give larger images, or a backbone that halves them less often.`,
    );
};

const assemble = (
  name: string,
  images: SymbolicTensor,
  network: Network,
  request: BackboneRequest,
): Backbone => {
  const { maps, pooled, logits, rule, stages, extend } = network;
  mustHavePlaces(name, maps, request.size);
  const features = [...maps.map(([, map]) => map), pooled];
  const backbone: Backbone = {
    name,
    model: model({ name, inputs: images, outputs: request.classes > 0 ? [...features, logits] : features }),
    taps: tapsOf(maps, images),
    features: channels(pooled),
    classes: request.classes,
    ...(stages && { planes: stages.map((s) => s.planes), blocks: stages.map((s) => s.blocks) }),
    ...(extend && { extend }),
    initialize: (made, seed) => initialize(made, seed, rule),
  };
  if (!request.blank) backbone.initialize(backbone.model, request.seed);
  return backbone;
};

/** The layers that lead to a tensor, but for some and what comes before them. */
const layersBeyond = (
  { sourceLayer }: SymbolicTensor,
  kept: readonly layers.Layer[],
  found = new Set<layers.Layer>(),
): ReadonlySet<layers.Layer> => {
  if (kept.includes(sourceLayer) || found.has(sourceLayer)) return found;
  found.add(sourceLayer);
  for (const { inputTensors } of sourceLayer.inboundNodes)
    for (const x of inputTensors) layersBeyond(x, kept, found);
  return found;
};

/** Builds what a request asks for; a classifier that it asks for none of is no part of the model, and is let go. */
const assembleFor = (
  variant: string,
  request: BackboneRequest,
  build: (images: SymbolicTensor, classes: number) => Network,
): Backbone => {
  const [height, width] = request.size;
  const images = input({ shape: [height, width, 3], name: 'images' });
  const network = build(images, Math.max(1, request.classes)); // a layer needs a width
  const backbone = assemble(variant, images, network, request);
  if (request.classes === 0)
    layersBeyond(network.logits, backbone.model.layers).forEach((layer) => layer.dispose());
  return backbone;
};

const parsed = <O extends z.ZodType>(variant: string, schema: O, given: unknown): z.output<O> => {
  try {
    return schema.parse(given);
  } catch (error) {
    throw explain(`Options of ${variant}`, given, schema, error);
  }
};

const sideOf = (size: number | readonly [number, number]): readonly [number, number] =>
  typeof size === 'number' ? [size, size] : size;

/** The public function and the plugins of a family. */
export const family = <V extends string, Row, O extends z.ZodType>(
  spec: Family<V, Row, O>,
): FamilyExports<V, O> => {
  const { table, options: schema, build } = spec;
  const names = Object.keys(table) as V[];
  const factory =
    (variant: V, options: z.output<O>): BackboneFactory =>
    (request) =>
      assembleFor(variant, request, (images, classes) => build(images, table[variant], options, classes));
  const make = ({ variant, classes, size, seed = 0, blank = false, ...rest }: Arguments<V, O>): Backbone => {
    if (!names.includes(variant)) throw unknownName('backbone of this family', variant, names);
    const options = parsed(variant, schema, rest);
    return factory(
      variant,
      options,
    )({
      classes,
      size: sideOf(size ?? spec.side(options, table[variant])),
      seed: typeof seed === 'number' ? seedOf(seed) : seed,
      blank,
    });
  };
  const plugins = names.map((name) =>
    plugin<BackboneFactory, z.output<O>>({
      token: BACKBONE,
      name,
      summary: spec.summary(name),
      when: spec.when,
      source: spec.source(name),
      options: schema,
      create: (options) => factory(name, options as z.output<O>),
    }),
  );
  return { make, plugins };
};
