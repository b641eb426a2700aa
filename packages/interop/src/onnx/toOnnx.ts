import { UnderstoryError, type RecordedGraph, type RecordedNode } from '@understory/core';
import type { WeightType } from '../graph/eightBits.ts';
import type { Rounding } from '../calibration/rounding.ts';
import { FREE, type BatchedGraph } from '../graph/freeBatch.ts';
import { PIXELS } from '../graph/inferenceProgram.ts';
import { OnnxWriter } from './onnxWriter.ts';
import { OpCall, type OpTable } from './opCall.ts';
import { boxOps } from './ops/boxes.ts';
import { convolutionOps } from './ops/convolutions.ts';
import { elementwiseOps } from './ops/elementwise.ts';
import { productOps } from './ops/products.ts';
import { shapeOps } from './ops/shapes.ts';
import { graphMessage, modelMessage, type OnnxGraphParts, type OnnxValue } from './proto.ts';
import { Values } from './values.ts';
import { roundedStore, weightStore } from './weightStore.ts';

/** Every op that can be written. */
const OPS: OpTable = { ...elementwiseOps, ...convolutionOps, ...shapeOps, ...productOps, ...boxOps };

export interface OnnxOptions {
  readonly weights: WeightType;
  /** Order of the input's sides. */
  readonly layout: 'nhwc' | 'nchw';
  /** How many images at once; any number where nothing is said. */
  readonly batch?: number | undefined;
  /** What is rounded to 8 bits, where the network was calibrated. */
  readonly rounding?: Rounding | undefined;
}

const written = ({ op }: RecordedNode) => {
  const write = Object.hasOwn(OPS, op) ? OPS[op] : undefined;
  if (write) return write;
  throw new UnderstoryError(
    'export',
    `The network has an op ${op}, which cannot be written as ONNX yet. Take another layer in its place, or --format saved-model.`,
  );
};

const declareAll = (graph: RecordedGraph, values: Values): void => {
  for (const { name, gives, content } of graph.nodes)
    gives.forEach((type, i) => {
      values.declare(i === 0 ? name : `${name}:${i}`, type, content);
    });
};

const writeNodes = ({ nodes }: RecordedGraph, values: Values): void => {
  for (const node of nodes) {
    if (node.content || node.op === 'Placeholder') continue;
    const convolution = values.rounding?.sums.get(node.name);
    if (convolution === undefined) written(node)(new OpCall(node, values));
    else values.setFirst(node.name, values.first(convolution));
  }
};

/** Sizes of a graph's input in the order that is wanted. */
const ordered = ([batch, height, width, channels]: readonly number[], layout: string): number[] =>
  layout === 'nchw' ? [batch!, channels!, height!, width!] : [batch!, height!, width!, channels!];

/** What a written graph is a part of: names of its own, and one image in place of a batch, where it runs for each of several. */
interface Frame {
  readonly input: string;
  readonly nameOf: (output: string) => string;
  readonly each: boolean;
}

const WHOLE: Frame = { input: PIXELS, nameOf: (name) => name, each: false };
const EACH: Frame = { input: 'image', nameOf: (name) => `image/${name}`, each: true };

const withoutBatch = (frame: Frame, shape: readonly number[]): readonly number[] =>
  frame.each ? shape.slice(1) : shape;

const outputsOf = (graph: RecordedGraph, values: Values, frame: Frame): OnnxValue[] =>
  Object.entries(graph.outputs).map(([name, from]) => {
    const { writer } = values;
    const { dtype, shape } = values.type(from);
    const value = values.last(from);
    writer.rename(frame.each ? writer.add('Squeeze', [value, writer.list([0])]) : value, frame.nameOf(name));
    return { name: frame.nameOf(name), type: dtype, shape: withoutBatch(frame, shape) };
  });

const inputOf = (graph: RecordedGraph, values: Values, layout: string, frame: Frame): OnnxValue => {
  const from = graph.inputs[PIXELS]!;
  const { writer } = values;
  const given = frame.each ? writer.add('Unsqueeze', [frame.input, writer.list([0])]) : frame.input;
  if (layout === 'nchw') values.setFirst(from, given);
  else values.set(from, given);
  const shape = withoutBatch(frame, ordered(values.type(from).shape, layout));
  return { name: frame.input, type: 'float32', shape };
};

const partsOf = (graph: RecordedGraph, options: OnnxOptions, frame: Frame): OnnxGraphParts => {
  const { weights, layout, rounding } = options;
  // Within a Scan onnxruntime-web keeps a node beside the one that does its work in 8 bits: they must not share a name.
  const writer = new OnnxWriter(!(frame.each && rounding));
  const values = new Values(writer, rounding ? roundedStore : weightStore(weights), rounding);
  declareAll(graph, values);
  const inputs = [inputOf(graph, values, layout, frame)];
  writeNodes(graph, values);
  const outputs = outputsOf(graph, values, frame);
  return { name: 'inference', nodes: writer.nodes, constants: writer.constants, inputs, outputs };
};

/** A graph of one image, run for each of any number of them: what a graph is that cannot be written for all at once. */
const forEach = (graph: RecordedGraph, options: OnnxOptions): OnnxGraphParts => {
  const one = partsOf(graph, options, EACH);
  const writer = new OnnxWriter();
  const names = Object.keys(graph.outputs);
  // What onnxruntime-web makes of places in 8 bits within a Scan loses constants that lie outside of it.
  const [inside, outside] = options.rounding ? [one.constants, []] : [[], one.constants];
  const body = graphMessage({ ...one, name: 'one', constants: inside });
  writer.addNamed('Scan', [PIXELS], names, { body, num_scan_inputs: 1 });
  const many = ({ type, shape }: OnnxValue, name: string): OnnxValue => ({
    name,
    type,
    shape: [FREE, ...shape],
  });
  return {
    ...{ name: 'inference', nodes: writer.nodes, constants: outside },
    inputs: one.inputs.map((value) => many(value, PIXELS)),
    outputs: one.outputs.map((value, i) => many(value, names[i]!)),
  };
};

/**
 * A program's graph as an ONNX file of opset 18: pixels 0…255 in, [B, H, W, 3] or [B, 3, H, W]. What is written image by image, as a
 * detector's boxes are, runs in a `Scan` over the images where their number is free. `told` is what the file says of itself. Errors: `export`.
 */
export const toOnnx = (
  { graph, images }: BatchedGraph,
  options: OnnxOptions,
  told: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const byImage = options.batch === undefined && images !== undefined;
  const parts = byImage ? forEach(graph, options) : partsOf(graph, options, WHOLE);
  return modelMessage(graphMessage(parts), told);
};
