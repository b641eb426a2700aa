import { UnderstoryError } from '@understory/core';
import { attribute } from './attributes.ts';
import { typesOf, type ArgumentDefinition, type Definitions, type OpDefinition } from './definitions.ts';
import { TF, type Attribute, type GraphHandle, type Native, type TensorContent } from './native.ts';
import { outputAt, type GraphNode, type Value } from './value.ts';

export interface NodeOptions {
  /** Nodes that must run before. */
  readonly after?: readonly GraphNode[];
  /** Shapes of the outputs, where the graph cannot infer them. */
  readonly shapes?: readonly (readonly number[])[];
}

/** Constants up to this size in bytes are made once in a graph. */
const SHARED_CONSTANT = 64;

/** Adds nodes to a TensorFlow graph; nothing runs. Shapes and types come from the graph's own inference. */
export class GraphBuilder {
  readonly handle: GraphHandle;
  readonly #native: Native;
  readonly #definitions: Definitions;
  readonly #shared = new Map<string, Value>();
  #count = 0;
  /** Prefix of the names of nodes to come. */
  scope = '';

  constructor(native: Native, definitions: Definitions) {
    this.#native = native;
    this.handle = native.createGraph();
    this.#definitions = definitions;
  }

  /** Nodes so far. */
  get size(): number {
    return this.#count;
  }

  /**
   * Adds an op whose inputs come in one flat list, as tfjs's kernels give them. Throws `op-missing` where no device
   * has the op for these types, and `op-invalid` where the graph refuses it.
   */
  add(
    op: string,
    inputs: readonly Value[],
    attributes: readonly Attribute[],
    options: NodeOptions = {},
  ): GraphNode {
    const definition = this.#definition(op);
    const groups = grouped(definition, inputs, attributes);
    const given = settledBy(inferredFrom(groups, definition), attributes).filter(
      ({ name }) => definition.attributes.has(name) && !isInferred(definition, name),
    );
    this.#requireKernel(op, definition, given, groups);
    const ids = groups.map((group) => (isList(group) ? group.map(({ id }) => id) : group.id));
    const name = `${this.scope}${op.replace(/^_/, '')}_${this.#count}`;
    const after = (options.after ?? []).map(({ id }) => id);
    const native = this.#addNative(op, () =>
      this.#native.addNode(this.handle, op, name, ids, after, given, options.shapes ?? []),
    );
    this.#count += 1;
    const outputs: Value[] = [];
    const node: GraphNode = { op, name, id: native.node, inputs, attributes, outputs };
    for (const [index, { id, dtype, shape }] of native.outputs.entries())
      outputs.push({ id, dtype, shape, node, index });
    return node;
  }

  /** Adds an op and gives its first output. */
  value(
    op: string,
    inputs: readonly Value[],
    attributes: readonly Attribute[],
    options?: NodeOptions,
  ): Value {
    return outputAt(this.add(op, inputs, attributes, options), 0);
  }

  /** A constant; small ones are made once. */
  constant(content: TensorContent): Value {
    const { dtype, shape, data } = content;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const make = (): Value =>
      this.value('Const', [], [attribute.type('dtype', dtype), attribute.tensor('value', content)]);
    if (bytes.length > SHARED_CONSTANT) return make();
    return this.shared(`Const ${dtype} [${shape.join()}] ${bytes.toString('latin1')}`, make);
  }

  /** A value that this graph has once for each `key`, which must say all that decides it. */
  shared(key: string, make: () => Value): Value {
    const value = this.#shared.get(key) ?? make();
    this.#shared.set(key, value);
    return value;
  }

  /** A tensor of one number, which takes no room in the graph; null for a type that steps do not have. */
  filled(dtype: number, shape: readonly number[], number: number): Value | null {
    const array = { [TF.float32]: Float32Array, [TF.int32]: Int32Array, [TF.bool]: Uint8Array }[dtype];
    if (!array) return null;
    const dims = this.constant({ dtype: TF.int32, shape: [shape.length], data: Int32Array.from(shape) });
    const value = this.constant({ dtype, shape: [], data: array.of(number) });
    return this.value(
      'Fill',
      [dims, value],
      [attribute.type('T', dtype), attribute.type('index_type', TF.int32)],
    );
  }

  placeholder(dtype: number, shape: readonly number[]): Value {
    return this.value('Placeholder', [], [attribute.type('dtype', dtype), attribute.shape('shape', shape)]);
  }

  /** The bytes of a value that depends on constants alone; null for any other. */
  evaluate(value: Value): ArrayBuffer | null {
    return this.#native.evaluate(this.handle, value.id);
  }

  /** Which of an op's inputs are of the type that its attribute says; none where that cannot be `dtype`. */
  inputsOf({ op, inputs, attributes }: GraphNode, typeAttribute: string, dtype: number): number[] {
    const definition = this.#definition(op);
    if (!(definition.allowed.get(typeAttribute) ?? [dtype]).includes(dtype)) return [];
    const places = grouped(definition, inputs, attributes).flatMap((group, i) =>
      Array.from({ length: isList(group) ? group.length : 1 }, () => definition.inputs[i]),
    );
    return places.flatMap((input, at) => (input?.typeAttribute === typeAttribute ? [at] : []));
  }

  /** An op's attributes as a file has them: those of its definition alone, and with the types that follow from its inputs. */
  wholeAttributes({ op, inputs, attributes }: GraphNode): Attribute[] {
    const definition = this.#definition(op);
    const groups = grouped(definition, inputs, attributes);
    const inferred = inferredFrom(groups, definition);
    const given = settledBy(inferred, attributes).filter(({ name }) => definition.attributes.has(name));
    const missing = [...inferred.values()].filter(({ name }) => !given.some((one) => one.name === name));
    return [...given, ...missing];
  }

  #definition(op: string): OpDefinition {
    try {
      return this.#definitions.op(op);
    } catch (cause) {
      throw new UnderstoryError('op-missing', `TensorFlow has no op named ${op}.`, { cause });
    }
  }

  #requireKernel(
    op: string,
    definition: OpDefinition,
    attributes: readonly Attribute[],
    groups: readonly Group[],
  ): void {
    const dtypes = groups.map((group) => (isList(group) ? group[0] : group)?.dtype);
    const types = typesOf(definition, attributes, dtypes);
    if (this.#definitions.hasKernel(op, types)) return;
    const of = [...new Set(dtypes)].map((dtype) => typeName(dtype)).join(', ');
    throw new UnderstoryError('op-missing', `The device has no kernel for ${op}${of && ` of ${of}`}.`);
  }

  #addNative<T>(op: string, add: () => T): T {
    try {
      return add();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UnderstoryError('op-invalid', `${op} cannot be added to the graph: ${why}`, { cause });
    }
  }
}

type Group = Value | readonly Value[];

const isList = (group: Group): group is readonly Value[] => Array.isArray(group);

/** Attributes that follow from the inputs' number must not be given a second time. */
const isInferred = ({ inputs }: OpDefinition, name: string): boolean =>
  inputs.some(
    ({ numberAttribute, typeListAttribute }) => numberAttribute === name || typeListAttribute === name,
  );

/** What an input tells of its op's attributes: its type, its length. */
const inferredBy = (group: Group, defined: ArgumentDefinition | undefined): Attribute[] => {
  if (!defined) return [];
  const { typeAttribute, numberAttribute } = defined;
  const [first] = isList(group) ? group : [group];
  return [
    ...(typeAttribute !== '' && first ? [attribute.type(typeAttribute, first.dtype)] : []),
    ...(numberAttribute !== '' && isList(group) ? [attribute.int(numberAttribute, group.length)] : []),
  ];
};

/** The same of all inputs, by name. */
const inferredFrom = (groups: readonly Group[], { inputs }: OpDefinition): ReadonlyMap<string, Attribute> =>
  new Map(groups.flatMap((group, i) => inferredBy(group, inputs[i]).map((one) => [one.name, one] as const)));

/** Attributes as given; tfjs's kernels may cast an input and name the type that it had: as in eager steps, the input decides. */
const settledBy = (inferred: ReadonlyMap<string, Attribute>, attributes: readonly Attribute[]): Attribute[] =>
  attributes.map((one) => inferred.get(one.name) ?? one);

/** Splits the flat list of inputs as the op's definition wants it: a list argument takes its share. */
const grouped = (
  { inputs: defined }: OpDefinition,
  inputs: readonly Value[],
  attributes: readonly Attribute[],
): Group[] => {
  let next = 0;
  const wrongCount = (): UnderstoryError =>
    new UnderstoryError('op-invalid', `An op of ${defined.length} inputs is given ${inputs.length}.`);
  const groups = defined.map(({ numberAttribute, typeListAttribute }, i) => {
    if (numberAttribute === '' && typeListAttribute === '') {
      const one = inputs[next++];
      if (one) return one;
      throw wrongCount();
    }
    const count = attributes.find(({ name }) => name === (numberAttribute || typeListAttribute))?.value;
    const rest = inputs.length - next - (defined.length - 1 - i);
    const length = typeof count === 'number' && numberAttribute !== '' ? count : rest;
    next += length;
    return inputs.slice(next - length, next);
  });
  if (next !== inputs.length) throw wrongCount();
  return groups;
};

const typeName = (dtype: number | undefined): string =>
  Object.entries(TF).find(([, number]) => number === dtype)?.[0] ?? `type ${dtype ?? 'unknown'}`;
