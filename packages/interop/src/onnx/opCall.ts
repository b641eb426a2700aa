import { UnderstoryError, type RecordedNode, type TensorType } from '@understory/core';
import type { OnnxWriter } from './onnxWriter.ts';
import type { Values } from './values.ts';
import { plainStore, type WeightStore } from './weightStore.ts';

/** One op of a recorded graph while it is written: what it takes, and where what it gives goes. */
export class OpCall {
  readonly node: RecordedNode;
  readonly values: Values;

  constructor(node: RecordedNode, values: Values) {
    this.node = node;
    this.values = values;
  }

  get writer(): OnnxWriter {
    return this.values.writer;
  }

  /** How its weights lie in the file: of a calibrated network those of layers in 8 bits are rounded. */
  get store(): WeightStore {
    return this.values.rounding && !this.isRounded ? plainStore : this.values.store;
  }

  /** Whether it is a layer that runs in 8 bits. */
  get isRounded(): boolean {
    return this.values.rounding?.layers.has(this.node.name) ?? false;
  }

  get inputs(): readonly string[] {
    return this.node.inputs;
  }

  /** The name in the recorded graph of an input. */
  from(i: number): string {
    const name = this.node.inputs.at(i);
    if (name !== undefined) return name;
    throw new UnderstoryError('export', `${this.node.op} is recorded without its input ${i}.`);
  }

  type(i: number): TensorType {
    return this.values.type(this.from(i));
  }

  shape(i: number): readonly number[] {
    return this.type(i).shape;
  }

  /** Type and shape of an output. */
  gives(i = 0): TensorType {
    const type = this.node.gives[i];
    if (type) return type;
    throw new UnderstoryError('export', `${this.node.op} is recorded without its output ${i}.`);
  }

  /** An input as TensorFlow has it. */
  input(i: number): string {
    return this.values.last(this.from(i));
  }

  /** An input with channels first. */
  maps(i: number): string {
    return this.values.first(this.from(i));
  }

  /** What a constant input holds. Errors: `export` where it depends on the pixels. */
  numbers(i: number): readonly number[] {
    const content = this.values.content(this.from(i));
    if (content) return [...content.data];
    throw new UnderstoryError(
      'export',
      `${this.node.op} takes sizes or axes that depend on the image, which ONNX files from here do not hold. Give them as numbers.`,
    );
  }

  give(value: string, i = 0): void {
    this.values.set(this.#output(i), value);
  }

  giveMaps(value: string, i = 0): void {
    this.values.setFirst(this.#output(i), value);
  }

  #output(i: number): string {
    return i === 0 ? this.node.name : `${this.node.name}:${i}`;
  }
}

/** How an op is written. */
export type WriteOp = (call: OpCall) => void;
export type OpTable = Readonly<Record<string, WriteOp>>;
