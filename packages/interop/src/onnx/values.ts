import { UnderstoryError, type NdArray, type TensorType } from '@understory/core';
import { transposed } from '../graph/transposed.ts';
import type { Rounding } from '../calibration/rounding.ts';
import type { OnnxWriter } from './onnxWriter.ts';
import type { WeightStore } from './weightStore.ts';

/** From maps with their channels last, TensorFlow's order, to channels first, ONNX's, and back. */
export const CHANNELS_FIRST = [0, 3, 1, 2] as const;
const CHANNELS_LAST = [0, 2, 3, 1] as const;

/** What is known of a value: its names in the ONNX graph, in either order of sides, once it has them. */
interface Known {
  readonly type: TensorType;
  readonly content?: NdArray;
  last?: string;
  first?: string;
}

/**
 * Values of a recorded graph by their names there. Maps stay channels first from one convolution to the next; a value is turned where
 * it is needed in the other order, once.
 */
export class Values {
  readonly writer: OnnxWriter;
  readonly store: WeightStore;
  /** What is rounded to 8 bits, where a network was calibrated. */
  readonly rounding: Rounding | undefined;
  readonly #known = new Map<string, Known>();

  constructor(writer: OnnxWriter, store: WeightStore, rounding?: Rounding) {
    this.writer = writer;
    this.store = store;
    this.rounding = rounding;
  }

  declare(name: string, type: TensorType, content?: NdArray): void {
    this.#known.set(name, { type, ...(content && { content }) });
  }

  set(name: string, value: string): void {
    this.#of(name).last = this.#rounded(name, value);
  }

  setFirst(name: string, value: string): void {
    this.#of(name).first = this.#rounded(name, value);
  }

  type(name: string): TensorType {
    return this.#of(name).type;
  }

  content(name: string): NdArray | undefined {
    return this.#of(name).content;
  }

  /** Whether a value is there channels first and not yet the other way. */
  isFirst(name: string): boolean {
    const { first, last } = this.#of(name);
    return first !== undefined && last === undefined;
  }

  /** A value as TensorFlow has it. */
  last(name: string): string {
    const known = this.#of(name);
    if (known.last !== undefined) return known.last;
    if (known.first !== undefined) known.last = this.writer.transpose(known.first, CHANNELS_LAST);
    else if (known.content) known.last = this.store.write(this.writer, known.content, null);
    else throw new UnderstoryError('export', `The recorded graph takes "${name}" before it is made.`);
    return known.last;
  }

  /** Maps [B, H, W, C] as [B, C, H, W]. */
  first(name: string): string {
    const known = this.#of(name);
    if (known.first !== undefined) return known.first;
    if (known.content)
      known.first = this.store.write(this.writer, transposed(known.content, CHANNELS_FIRST), null);
    else known.first = this.writer.transpose(this.last(name), CHANNELS_FIRST);
    return known.first;
  }

  /** A value that goes through 8 bits, where it shall: runtimes compute in these what lies between two such places. */
  #rounded(name: string, value: string): string {
    const range = this.rounding?.ranges.get(name);
    if (!range) return value;
    const scale = this.writer.float(range.scale);
    const zero = this.writer.constant('uint8', [], Uint8Array.of(range.zero));
    const whole = this.writer.add('QuantizeLinear', [value, scale, zero]);
    return this.writer.add('DequantizeLinear', [whole, scale, zero]);
  }

  #of(name: string): Known {
    const known = this.#known.get(name);
    if (known) return known;
    throw new UnderstoryError('export', `The recorded graph takes "${name}", which nothing in it makes.`);
  }
}
