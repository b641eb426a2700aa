import type { ArrayType, NdArray } from '@understory/core';
import { nodeMessage, tensorMessage, typeNumber, type OnnxAttribute, type OnnxType } from './proto.ts';

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Constants up to this size in bytes are written once. */
const SHARED = 256;

/** Takes down an ONNX graph: its nodes in the order of their values, and its constants. */
export class OnnxWriter {
  readonly nodes: Uint8Array[] = [];
  readonly constants: Uint8Array[] = [];
  readonly #shared = new Map<string, string>();
  readonly #named: boolean;
  #count = 0;

  /** `named`: whether nodes get names for people. */
  constructor(named = true) {
    this.#named = named;
  }

  /** Adds a node; gives the names of its outputs. */
  addMany(op: string, inputs: readonly string[], attributes: Attributes, count: number): string[] {
    const outputs = Array.from({ length: count }, () => this.#name('v'));
    this.addNamed(op, inputs, outputs, attributes);
    return outputs;
  }

  /** Adds a node whose outputs have names already. */
  addNamed(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Attributes = {},
  ): void {
    const name = this.#named ? `${op}/${outputs[0] ?? ''}` : '';
    this.nodes.push(nodeMessage({ name, op, inputs, outputs, attributes }));
  }

  /** Adds a node of one output. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const [output] = this.addMany(op, inputs, attributes, 1) as [string];
    return output;
  }

  /** Gives a value a name that people see. */
  rename(value: string, name: string): void {
    this.addNamed('Identity', [value], [name]);
  }

  constant(type: OnnxType, shape: readonly number[], data: ArrayBufferView): string {
    const bytes = bytesOf(data);
    if (bytes.length > SHARED) return this.#newConstant(type, shape, bytes);
    const key = `${type} [${shape.join()}] ${bytes.join()}`;
    const name = this.#shared.get(key) ?? this.#newConstant(type, shape, bytes);
    this.#shared.set(key, name);
    return name;
  }

  array({ dtype, shape, data }: NdArray): string {
    return this.constant(dtype, shape, data);
  }

  /** A list of whole numbers, as sizes, axes and places are given. */
  list(numbers: readonly number[]): string {
    return this.constant('int64', [numbers.length], BigInt64Array.from(numbers, BigInt));
  }

  long(number: number): string {
    return this.constant('int64', [], BigInt64Array.of(BigInt(number)));
  }

  float(number: number): string {
    return this.constant('float32', [], Float32Array.of(number));
  }

  transpose(value: string, order: readonly number[]): string {
    return this.add('Transpose', [value], { perm: order });
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.add('Reshape', [value, this.list(shape)]);
  }

  cast(value: string, type: ArrayType | 'int64'): string {
    return this.add('Cast', [value], { to: typeNumber(type) });
  }

  #newConstant(type: OnnxType, shape: readonly number[], bytes: Uint8Array): string {
    const name = this.#name('c');
    this.constants.push(tensorMessage(name, type, shape, bytes));
    return name;
  }

  #name(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }
}
