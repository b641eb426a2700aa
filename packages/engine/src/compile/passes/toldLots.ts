import { attribute, numberOf } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import { convolutionOf } from '../graph/ownConvolution.ts';
import { outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import type { Rewriting } from './rewriting.ts';

/** What a convolution tells a batch norm of lots of its result's rows, while they are in the cache (`native/lots.h`). */
export interface Told {
  /** [lots, 2, channels] */
  readonly numbers: Value;
  /** Rows in a lot. */
  readonly lot: number;
}

/** A batch norm that a gradient goes to. */
export interface NormBehind {
  readonly x: Value;
  readonly mean: Value;
  /** What the ReLU behind it gave, with its ceiling. */
  readonly relu: { readonly y: Value; readonly ceiling: number } | null;
}

// A transposed convolution's result comes from what is a gradient elsewhere, and its gradient from a convolution: neither tells.
const FORWARD: ReadonlySet<string> = new Set(['UnderstoryConv', 'UnderstoryDepthwise']);
const BACKWARD: ReadonlySet<string> = new Set(['UnderstoryConvInputGrad', 'UnderstoryDepthwiseInputGrad']);

/** Smaller maps are still in the cache when a norm goes through them. */
const LEAST_BYTES = 1024 * 1024;
/** Rows in a lot, or a few more: they stay in the second-level cache, and their products pay. */
const ROWS = 96;

/** Has the convolution that gives a map tell the moments of its lots; null where there is none that does. */
export const tellMoments = (map: Value, rewriting: Rewriting, draft: GraphBuilder): Told | null =>
  FORWARD.has(map.node.op) ? tell(map, { inputs: [], attributes: [] }, rewriting, draft) : null;

/**
 * Has the convolution that gives a gradient tell its sums for the norm that it goes to, and apply its ReLU's gradient, so that
 * whoever takes the gradient then takes what the ReLU lets back; null where there is none that does.
 */
export const tellSums = (
  gradient: Value,
  { x, mean, relu }: NormBehind,
  rewriting: Rewriting,
  draft: GraphBuilder,
): Told | null => {
  if (!BACKWARD.has(gradient.node.op)) return null;
  const inputs = [x, mean, ...(relu ? [relu.y] : [])];
  const attributes = [
    ...[attribute.int('norms', 1), attribute.int('relus', relu ? 1 : 0)],
    ...(relu ? [attribute.float('ceiling', relu.ceiling)] : []),
  ];
  return tell(gradient, { inputs, attributes }, rewriting, draft);
};

interface Added {
  readonly inputs: readonly Value[];
  readonly attributes: readonly Attribute[];
}

const tell = (result: Value, added: Added, rewriting: Rewriting, draft: GraphBuilder): Told | null => {
  const { node } = result;
  const lot = lotOf(result, rewriting);
  if (lot === 0 || numberOf(node.attributes, 'lot') > 0) return null;
  const [batch = 0, height = 0, width = 0, channels = 0] = shapeOf(result);
  const attributes = [...added.attributes, attribute.int('lot', lot)];
  const names = new Set(attributes.map(({ name }) => name));
  const made = draft.add(
    node.op,
    [...rewriting.inputsOf(node), ...added.inputs],
    [...node.attributes.filter(({ name }) => !names.has(name)), ...attributes],
    { shapes: [shapeOf(result), [Math.ceil((batch * height * width) / lot), 2, channels]] },
  );
  rewriting.delay(made, rewriting.delaysOf(node));
  rewriting.replace(result, outputAt(made, 0));
  return { numbers: outputAt(made, 1), lot };
};

/** How many rows make up a lot: whole rows of pixels, where the convolution is depthwise; 0 where nothing is told. */
const lotOf = (result: Value, rewriting: Rewriting): number => {
  const [batch = 0, height = 0, width = 0, channels = 0] = shapeOf(result);
  const bytes = batch * height * width * channels * (result.dtype === TF.bfloat16 ? 2 : 4);
  if (bytes < LEAST_BYTES) return 0;
  if (result.node.op.startsWith('UnderstoryDepthwise')) return Math.ceil(ROWS / width) * width;
  return isOfOneTap(result.node, rewriting) ? ROWS : 0;
};

const isOfOneTap = (node: GraphNode, rewriting: Rewriting): boolean => {
  const of = convolutionOf(node, (value) => rewriting.resolve(value));
  if (of?.maps.length !== 1 || of.filter?.shape?.[0] !== 1 || of.gates.length > 0) return false;
  // At stride 2 an image's gradient is written two rows of pixels at a time.
  return of.op === 'UnderstoryConv' || of.stride === 1;
};
