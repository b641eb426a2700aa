import {
  int32,
  type NdArray,
  type RecordedGraph,
  type RecordedNode,
  type RecordGraph,
  type TensorType,
} from '@understory/core';
import { foldLayouts } from './foldLayouts.ts';
import { recordProgram, type InferenceProgram } from './inferenceProgram.ts';

/** A size that is as many as the images. */
export const FREE = -1;

/** Two numbers of images, primes that no network's sizes are multiples of by chance. */
const [FEW, MORE] = [5, 7] as const;

const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (value: number, i: number) => value === b[i]);

/** Sizes with the one that goes by the number of images free; null where more than one does, or by no multiple of it. */
const freed = (a: readonly number[], b: readonly number[]): readonly number[] | null => {
  const differ = a.flatMap((size, i) => (size === b[i] ? [] : [i]));
  if (a.length !== b.length || differ.length > 1) return null;
  const odd = differ.some((i) => a[i]! * MORE !== b[i]! * FEW);
  return odd ? null : a.map((size, i) => (differ.includes(i) ? FREE : size));
};

const freedTypes = (a: readonly TensorType[], b: readonly TensorType[]): readonly TensorType[] | null => {
  const shapes = a.map(({ shape }, i) => freed(shape, b[i]?.shape ?? []));
  return shapes.every((shape) => shape !== null)
    ? a.map(({ dtype }, i) => ({ dtype, shape: shapes[i]! }))
    : null;
};

/** Inputs that hold sizes, in which −1 stands for what is left: of which op, at which place. */
const SIZES: Readonly<Record<string, number>> = { Reshape: 1, Slice: 2 };

/** Names of constants that are sizes wherever they are taken. */
const sizesIn = ({ nodes }: RecordedGraph): ReadonlySet<string> => {
  const sizes = new Set<string>();
  const others = new Set<string>();
  for (const { op, inputs } of nodes)
    inputs.forEach((name, i) => (SIZES[op] === i ? sizes : others).add(name));
  return new Set([...sizes].filter((name) => !others.has(name)));
};

/** A constant of two recordings; null where it goes by the number of images in another way than a size. */
const freedContent = (a: NdArray, b: NdArray, isSizes: boolean): NdArray | null => {
  if (sameNumbers(a.shape, b.shape) && sameNumbers(a.data, b.data)) return a;
  const free = isSizes ? freed([...a.data], [...b.data]) : null;
  return free && int32(free, a.shape);
};

/** An input's own word for its shape, in the JSON form of attributes. */
const freedShape = ({ op }: RecordedNode, [type]: readonly TensorType[]): object =>
  op === 'Placeholder' && type
    ? { shape: { shape: { dim: type.shape.map((size) => ({ size: String(size) })) } } }
    : {};

/** A node of two recordings, one for `FEW` images and one for `MORE`, as one for any; null where they are two. */
const freedNode = (a: RecordedNode, b: RecordedNode, sizes: ReadonlySet<string>): RecordedNode | null => {
  const same = a.op === b.op && a.inputs.join() === b.inputs.join();
  const gives = same ? freedTypes(a.gives, b.gives) : null;
  if (!gives) return null;
  if (!a.content || !b.content)
    return { ...a, gives, attributes: { ...a.attributes, ...freedShape(a, gives) } };
  const content = freedContent(a.content, b.content, sizes.has(a.name));
  return content && { ...a, gives, content };
};

/**
 * The program as a graph for any number of images; null where what it computes is written image by image, as a detector's boxes are.
 * Found by recording it twice: what differs between two numbers of images goes by them.
 */
export const recordForAny = (program: InferenceProgram, record: RecordGraph): RecordedGraph | null => {
  const [a, b] = [FEW, MORE].map((batch) => recordProgram(program, record, batch)) as [
    RecordedGraph,
    RecordedGraph,
  ];
  if (a.nodes.length !== b.nodes.length) return null;
  const sizes = sizesIn(a);
  const nodes = a.nodes.map((node, i) => freedNode(node, b.nodes[i]!, sizes));
  return nodes.every((node) => node !== null) ? { ...a, nodes } : null;
};

/** A program's graph, and for how many images it is. */
export interface BatchedGraph {
  readonly graph: RecordedGraph;
  /** Any number where undefined. */
  readonly images: number | undefined;
}

/**
 * The graph for `batch` images, its weights as they are used; where nothing is said for any number, or for one where that cannot be.
 */
export const recordBatches = (
  program: InferenceProgram,
  record: RecordGraph,
  batch: number | undefined,
): BatchedGraph => {
  const free = batch === undefined ? recordForAny(program, record) : null;
  if (free) return { graph: foldLayouts(free), images: undefined };
  return { graph: foldLayouts(recordProgram(program, record, batch ?? 1)), images: batch ?? 1 };
};
