import { bytesOf, fieldsOf, numbersOf, textOf } from '@understory/core/protobuf';
import type { Attribute, GraphHandle, Native } from './native.ts';

/** An input or output in an op's definition. */
export interface ArgumentDefinition {
  readonly name: string;
  /** Attribute that holds its type, '' where the type is fixed. */
  readonly typeAttribute: string;
  /** Attribute that holds its length, '' where it is no list of one type. */
  readonly numberAttribute: string;
  /** Attribute that holds the types of a mixed list, '' where it is none. */
  readonly typeListAttribute: string;
}

export interface OpDefinition {
  readonly inputs: readonly ArgumentDefinition[];
  readonly attributes: ReadonlySet<string>;
  /** What an attribute that is a type may be, where its definition says so. */
  readonly allowed: ReadonlyMap<string, readonly number[]>;
}

/** A registered kernel: its device, and the types it takes. */
interface Kernel {
  readonly device: string;
  readonly constraints: readonly { readonly attribute: string; readonly types: readonly number[] }[];
}

/** What TensorFlow has told of its ops: it takes a millisecond each, and changes no more in a process. */
interface Told {
  readonly graph: GraphHandle;
  readonly ops: Map<string, OpDefinition>;
  readonly kernels: Map<string, readonly Kernel[]>;
}
const told = new WeakMap<Native, Told>();

const toldBy = (native: Native): Told => {
  const known = told.get(native) ?? { graph: native.createGraph(), ops: new Map(), kernels: new Map() };
  told.set(native, known);
  return known;
};

/** What TensorFlow knows of its ops, read once each. */
export class Definitions {
  readonly #told: Told;
  readonly #has = new Map<string, boolean>();
  readonly #native: Native;
  readonly #devices: readonly string[];

  /** `devices`: kinds of devices that ops may run on, such as `CPU`. */
  constructor(native: Native, devices: readonly string[]) {
    this.#native = native;
    this.#told = toldBy(native);
    this.#devices = devices;
  }

  /** Throws the addon's error `NOT_FOUND` where TensorFlow has no such op. */
  op(name: string): OpDefinition {
    const { graph, ops } = this.#told;
    const known = ops.get(name);
    if (known) return known;
    const definition = parseOp(new Uint8Array(this.#native.opDefinition(graph, name)));
    ops.set(name, definition);
    return definition;
  }

  /** Whether some device here can run the op with these types. */
  hasKernel(name: string, types: ReadonlyMap<string, number>): boolean {
    const key = `${name} ${[...types].join()}`;
    const has = this.#has.get(key) ?? this.#findKernel(name, types);
    this.#has.set(key, has);
    return has;
  }

  #findKernel(name: string, types: ReadonlyMap<string, number>): boolean {
    const kernels =
      this.#told.kernels.get(name) ?? parseKernels(new Uint8Array(this.#native.opKernels(name)));
    this.#told.kernels.set(name, kernels);
    return kernels.some(
      ({ device, constraints }) =>
        this.#devices.includes(device) &&
        constraints.every(({ attribute, types: allowed }) => {
          const type = types.get(attribute);
          return type === undefined || allowed.includes(type);
        }),
    );
  }
}

const parseOp = (bytes: Uint8Array): OpDefinition => {
  const fields = [...fieldsOf(bytes)];
  const attributes = fields.filter(({ id }) => id === 4).map((field) => bytesOf(field));
  // AttrDef { name = 1; allowed_values = 7 }
  const allowed = attributes.map((one) => [textAt(one, 1), typesIn(one, 7)] as const);
  return {
    inputs: fields.filter(({ id }) => id === 2).map((field) => parseArgument(bytesOf(field))),
    attributes: new Set(attributes.map((one) => textAt(one, 1))),
    allowed: new Map(allowed.filter(([, types]) => types.length > 0)),
  };
};

const textAt = (bytes: Uint8Array, id: number): string => {
  const field = [...fieldsOf(bytes)].find((one) => one.id === id);
  return field ? textOf(field) : '';
};

const parseArgument = (bytes: Uint8Array): ArgumentDefinition => ({
  name: textAt(bytes, 1),
  typeAttribute: textAt(bytes, 4),
  numberAttribute: textAt(bytes, 5),
  typeListAttribute: textAt(bytes, 6),
});

const parseKernels = (bytes: Uint8Array): Kernel[] =>
  [...fieldsOf(bytes)].map((kernel) => {
    const fields = [...fieldsOf(bytesOf(kernel))];
    return {
      device: textAt(bytesOf(kernel), 2),
      constraints: fields.filter(({ id }) => id === 3).map((field) => parseConstraint(bytesOf(field))),
    };
  });

/** KernelDef.AttrConstraint { name = 1; allowed_values = 2 } */
const parseConstraint = (bytes: Uint8Array): Kernel['constraints'][number] => ({
  attribute: textAt(bytes, 1),
  types: typesIn(bytes, 2),
});

/** The types in a field AttrValue { list = 1: ListValue { type = 6 } }; none where there is no such field. */
const typesIn = (bytes: Uint8Array, allowedValues: number): number[] => {
  const inside = (outer: Uint8Array, id: number): Uint8Array => {
    const field = [...fieldsOf(outer)].find((one) => one.id === id);
    return field ? bytesOf(field) : new Uint8Array();
  };
  const list = inside(inside(bytes, allowedValues), 1);
  return [...fieldsOf(list)].filter(({ id }) => id === 6).flatMap(numbersOf);
};

/** The type attributes that an op ends up with: those given, and those that follow from its inputs. */
export const typesOf = (
  definition: OpDefinition,
  attributes: readonly Attribute[],
  inputs: readonly (number | undefined)[],
): ReadonlyMap<string, number> => {
  const types = new Map<string, number>();
  for (const { name, value } of attributes) if (typeof value === 'number') types.set(name, value);
  definition.inputs.forEach(({ typeAttribute }, i) => {
    const type = inputs[i];
    if (typeAttribute !== '' && type !== undefined) types.set(typeAttribute, type);
  });
  return types;
};
