import { ownAddon } from '../../packages/engine/src/compile/graph/native.ts';
import type { NodeTime, TensorSize } from '../../packages/engine/src/index.ts';

/** Milliseconds that a node took. */
export const timeOf = ({ cpu, milliseconds }: NodeTime): number => cpu ?? milliseconds;

/** What an op costs at least. */
export interface Work {
  /** What the op is called in the table: `3×3 forward`. */
  readonly kind: string;
  /** Multiply-adds of products of matrices, as the op does them: by Winograd's way where it goes by it. */
  readonly products: number;
  /** The same by the definition of a convolution. */
  readonly direct: number;
  /** In which type it multiplies. */
  readonly type: 'float32' | 'bfloat16';
  /** Bytes that go in and out, each once. */
  readonly bytes: number;
}

const BYTES: Readonly<Record<string, number>> = { bfloat16: 2, uint8: 1, bool: 1, int64: 8 };
const elements = ({ shape }: TensorSize): number =>
  shape.reduce((product, size) => product * Math.max(size, 0), 1);
const bytesOf = (tensors: readonly TensorSize[]): number =>
  tensors.reduce((sum, tensor) => sum + elements(tensor) * (BYTES[tensor.dtype] ?? 4), 0);

/** What gives memory on, or only its place. */
const FREE =
  /^_|^(Const|Placeholder|Reshape|Identity|VarHandleOp|ReadVariableOp|AssignVariableOp|NoOp|Shape|Squeeze|ExpandDims)$/;

const at = (tensors: readonly TensorSize[], index: number): readonly number[] => tensors[index]?.shape ?? [];

/** A convolution's filter and, for each of its maps, batch, height and width of the smaller images. */
interface Convolution {
  readonly filter: readonly number[];
  readonly small: readonly (readonly number[])[];
}

const WAYS: Readonly<Record<string, string>> = {
  UnderstoryConv: 'forward',
  UnderstoryConvInputGrad: 'input gradient',
  UnderstoryConvFilterGrad: 'filter gradient',
};

const convolutionOf = ({ op, inputs, outputs, numbers }: NodeTime): Convolution => {
  const maps = numbers.maps ?? 1;
  const several = (from: readonly TensorSize[], first: number): (readonly number[])[] =>
    from.slice(first, first + maps).map(({ shape }) => shape);
  if (op === 'UnderstoryConvFilterGrad') return { filter: at(outputs, 0), small: several(inputs, maps) };
  return { filter: at(inputs, maps), small: several(op === 'UnderstoryConv' ? outputs : inputs, 0) };
};

/** Whether 3×3 convolutions in bfloat16 go by tiles of their products, in place of Winograd's way. */
const tiles = (): boolean => ownAddon().instructionSets().includes('amx');

/** Products for a pixel of the smaller images, by the way that `native/convolution.h` goes, and pixels a side of a tile. */
const wayOf = (
  size: number,
  stride: number,
  direct: boolean,
): { readonly points: number; readonly tile: number } => {
  if (size !== 3 || direct) return { points: size * size, tile: 1 };
  return { points: stride === 1 ? 36 : 81, tile: 4 };
};

const convolutionWork = (node: NodeTime, way: string): Work => {
  const { filter, small } = convolutionOf(node);
  const [size = 1, , inputs = 1, outputs = 1] = filter;
  const stride = node.numbers.stride ?? 1;
  const stored = node.inputs[0]?.dtype === 'bfloat16';
  const direct = stored && tiles() && (way !== 'input gradient' || stride === 1);
  const { points, tile } = wayOf(size, stride, direct);
  const counts = small.map(([n = 1, h = 1, w = 1]) => ({
    tiles: n * Math.ceil(h / tile) * Math.ceil(w / tile),
    pixels: n * h * w,
  }));
  const total = (key: 'tiles' | 'pixels'): number => counts.reduce((sum, count) => sum + count[key], 0);
  const half = stored && (direct || way !== 'forward' || size !== 3);
  return {
    kind: `${size}×${size} ${way}`,
    products: points * total('tiles') * inputs * outputs,
    direct: size * size * total('pixels') * inputs * outputs,
    type: half ? 'bfloat16' : 'float32',
    bytes: bytesOf(node.inputs) + bytesOf(node.outputs),
  };
};

const NAMES: Readonly<Record<string, string>> = {
  UnderstoryDepthwise: 'depthwise forward',
  UnderstoryDepthwiseInputGrad: 'depthwise input gradient',
  UnderstoryDepthwiseFilterGrad: 'depthwise filter gradient',
  UnderstoryBatchNorm: 'batch norm',
  UnderstoryBatchNormGrad: 'batch norm gradient',
  UnderstoryElementwise: 'elementwise',
  UnderstoryDense: 'dense forward',
  UnderstoryDenseInputGrad: 'dense input gradient',
  UnderstoryDenseFilterGrad: 'dense filter gradient',
  UnderstoryAttention: 'attention',
  UnderstoryAttentionGrad: 'attention gradient',
  UnderstoryLayerNorm: 'layer norm',
  UnderstoryLayerNormGrad: 'layer norm gradient',
  UnderstoryColumnSum: 'sum over rows',
  UnderstorySquareSum: 'sum of squares',
  UnderstoryGelu: 'GELU',
  UnderstoryGeluGrad: 'GELU gradient',
};

/** Multiply-adds that do not make up a product of matrices, at the same vectors. */
const depthwiseProducts = ({ op, inputs, outputs }: NodeTime): number => {
  if (!op.startsWith('UnderstoryDepthwise')) return 0;
  const filter = op.endsWith('FilterGrad') ? outputs[0] : inputs[1];
  const small = [...inputs.filter(({ shape }) => shape.length === 4 && shape !== filter?.shape), ...outputs]
    .filter((tensor) => tensor !== filter)
    .map(elements);
  const [size = 1] = filter?.shape ?? [];
  return size * size * Math.min(...small);
};

/** Of queries and keys, and of weights and values; on the way back the first again, and each once for each of its two gradients. */
const attentionProducts = ({ op, inputs }: NodeTime): number => {
  const [batch = 1, tokens = 1, three = 1] = inputs[0]?.shape ?? [];
  return (op.endsWith('Grad') ? 5 : 2) * batch * tokens * tokens * (three / 3);
};

const matrixProducts = (node: NodeTime): number => {
  const { op, inputs, outputs } = node;
  if (op.startsWith('UnderstoryAttention')) return attentionProducts(node);
  const [a, result] = [inputs[0], outputs[0]];
  if (!/^(Batch)?MatMul|^UnderstoryDense/.test(op) || !a || !result) return 0;
  const [b = { shape: [] as readonly number[] }] = inputs.slice(1);
  // rows · depth, depth · columns and rows · columns numbers, of each matrix of a batch
  const batch = result.shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return (
    Math.sqrt((elements(a) / batch) * (elements({ dtype: '', ...b }) / batch) * (elements(result) / batch)) *
    batch
  );
};

/** What multiplies in the type that its first input has. */
const LAYERS = /^Understory(Dense|Attention)/;

/** What a node of a profile costs at least; null where it does nothing. */
export const workOf = (node: NodeTime): Work | null => {
  const way = WAYS[node.op];
  if (way) return convolutionWork(node, way);
  if (FREE.test(node.op)) return null;
  const products = depthwiseProducts(node) + matrixProducts(node);
  const half = node.inputs[0]?.dtype === 'bfloat16' && LAYERS.test(node.op);
  return {
    kind: NAMES[node.op] ?? node.op,
    products,
    direct: products,
    type: half ? 'bfloat16' : 'float32',
    bytes: bytesOf(node.inputs) + bytesOf(node.outputs),
  };
};
