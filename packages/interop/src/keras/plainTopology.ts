import { isObject } from '@understory/core';
type Json = Record<string, unknown>;

/** A node's place in Keras's graph: layer, its call, the output of that call. */
type History = readonly [layer: string, node: number, tensor: number];

const historyOf = (value: unknown): History | undefined => {
  const isTensor = isObject(value) && value['class_name'] === '__keras_tensor__' && isObject(value['config']);
  const history: unknown = isTensor ? (value['config'] as Json)['keras_history'] : undefined;
  return Array.isArray(history) ? (history as unknown as History) : undefined;
};

/** All tensors in a call's arguments, in order. */
const tensorsIn = (value: unknown): History[] => {
  const own = historyOf(value);
  if (own) return [own];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
};

/** A call as Keras 3 writes it → as Keras 2 and tfjs do: its tensors, each with the call's other arguments. */
const plainNode = (node: unknown): unknown => {
  if (!isObject(node) || !Array.isArray(node['args'])) return node;
  const rest = Object.entries(isObject(node['kwargs']) ? node['kwargs'] : {}).filter(
    ([, value]) => tensorsIn(value).length === 0,
  );
  return tensorsIn(node['args']).map((history) => [...history, Object.fromEntries(rest)]);
};

/** tfjs refuses the kernel's settings of separable convolutions, which have two kernels; Keras writes them as null. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  SeparableConv2D: ['kernel_initializer', 'kernel_regularizer', 'kernel_constraint'],
  DepthwiseConv2D: ['kernel_initializer', 'kernel_regularizer', 'kernel_constraint', 'filters'],
};

const policyName = ({ config }: Json): unknown =>
  (isObject(config) ? config['name'] : undefined) ?? 'float32';

const plainConfig = (className: unknown, config: Json): Json => {
  const { batch_shape: shape, dtype, ...rest } = config;
  const kind = String(className);
  const foreign = Object.hasOwn(FOREIGN, kind) ? FOREIGN[kind]! : [];
  const kept = Object.entries(rest).filter(([key]) => !foreign.includes(key));
  return {
    ...plainObject(Object.fromEntries(kept)),
    ...(shape !== undefined && { batch_input_shape: shape }),
    // Keras 3 names a policy where Keras 2 names a type.
    ...(dtype !== undefined && {
      dtype: isObject(dtype) ? policyName(dtype) : dtype,
    }),
  };
};

/** A model's inputs or outputs: Keras 3 writes a single one without the list around it. */
const plainEnds = (ends: unknown): unknown =>
  Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends;

const plainObject = (value: Json): Json => {
  const made = Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v)]));
  if (isObject(value['config'])) made['config'] = plainConfig(value['class_name'], value['config']);
  if (Array.isArray(value['inbound_nodes'])) made['inbound_nodes'] = value['inbound_nodes'].map(plainNode);
  for (const key of ['input_layers', 'output_layers']) if (key in made) made[key] = plainEnds(made[key]);
  return made;
};

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? plainObject(value) : value;
};

/**
 * A Keras model's description, of Keras 2 or 3, as tfjs reads it: shapes of inputs, types, calls, and without settings
 * that tfjs refuses. What is plain already comes back equal.
 */
export const plainTopology = (topology: object): object => plainObject(topology as Json);
