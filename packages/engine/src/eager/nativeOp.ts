import { backend, getBackend, type DataType, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | number[] | string | boolean;
}

/** What the fused kernels need of tfjs-node's backend. */
interface NativeBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL', number>
  >;
  getDTypeInteger(dtype: DataType): number;
  executeMultipleOutputs(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** Whether tensors are made by TensorFlow now: its gradients give way to tfjs's own on any other backend. */
export const onTensorFlow = (): boolean => getBackend() === 'tensorflow';

/** An attribute's value; the key says how TensorFlow types it. */
export type Attribute =
  | { readonly type: DataType }
  | { readonly float: number }
  | { readonly int: number | number[] }
  | { readonly text: string }
  | { readonly flag: boolean };

export type Attributes = Readonly<Record<string, Attribute>>;

const encode = (on: NativeBackend, name: string, attribute: Attribute): NativeAttribute => {
  const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL } = on.binding;
  if ('type' in attribute) return { name, type: TF_ATTR_TYPE, value: on.getDTypeInteger(attribute.type) };
  if ('float' in attribute) return { name, type: TF_ATTR_FLOAT, value: attribute.float };
  if ('int' in attribute) return { name, type: TF_ATTR_INT, value: attribute.int };
  if ('text' in attribute) return { name, type: TF_ATTR_STRING, value: attribute.text };
  return { name, type: TF_ATTR_BOOL, value: attribute.flag };
};

/** Attributes as tfjs's binding takes them. */
export const encodeAll = (attributes: Attributes): NativeAttribute[] => {
  const on = backend() as unknown as NativeBackend;
  return Object.entries(attributes).map(([name, attribute]) => encode(on, name, attribute));
};

/** Runs a TensorFlow op by name on the active backend, which must be `tensorflow`; a compiled step records it. */
export const nativeOps = (
  op: string,
  attributes: Attributes,
  inputs: readonly TensorInfo[],
  outputs: number,
): Tensor[] => {
  const on = backend() as unknown as NativeBackend;
  return on.executeMultipleOutputs(op, encodeAll(attributes), inputs, outputs);
};

/** `nativeOps` for an op with one output. */
export const nativeOp = (op: string, attributes: Attributes, inputs: readonly TensorInfo[]): Tensor =>
  nativeOps(op, attributes, inputs, 1)[0]!;
