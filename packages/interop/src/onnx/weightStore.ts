import type { NdArray } from '@understory/core';
import { halves } from '../graph/halves.ts';
import { eightBits, isLarge, type EightBits, type WeightType } from '../graph/eightBits.ts';
import type { OnnxWriter } from './onnxWriter.ts';

/** How constants lie in a file. */
export interface WeightStore {
  /** Writes an array, and gives the name of its values as float32. `channels`: its side of one scale each, where it has one. */
  write(writer: OnnxWriter, array: NdArray, channels: number | null): string;
}

const inHalves = (writer: OnnxWriter, { shape, data }: NdArray): string =>
  writer.cast(writer.constant('float16', shape, halves(data)), 'float32');

/** Writes weights that were rounded to 8 bits; gives the name of their values as float32. */
export const dequantized = (
  writer: OnnxWriter,
  shape: readonly number[],
  { numbers, scales }: EightBits,
  axis: number,
): string => {
  const values = writer.constant('int8', shape, numbers);
  const factors = writer.constant('float32', [scales.length], scales);
  return writer.add('DequantizeLinear', [values, factors], { axis });
};

const inBytes = (writer: OnnxWriter, array: NdArray, axis: number): string =>
  dequantized(writer, array.shape, eightBits(array, axis), axis);

/** Float16 or int8 for the larger weights of layers; all else as it is: half a pixel of an anchor would be lost. */
export const weightStore = (type: WeightType): WeightStore => ({
  write(writer, array, channels) {
    if (type === 'float32' || channels === null || !isLarge(array)) return writer.array(array);
    return type === 'float16' ? inHalves(writer, array) : inBytes(writer, array, channels);
  },
});

/** All as it is. */
export const plainStore: WeightStore = { write: (writer, array) => writer.array(array) };

/** Int8 for everything that runs in 8 bits, however small it is. */
export const roundedStore: WeightStore = {
  write: (writer, array, channels) =>
    channels === null ? writer.array(array) : inBytes(writer, array, channels),
};
