import type { NdArray } from '@understory/core';
import { halves } from '../graph/halves.ts';
import { eightBits, isLarge, type WeightType } from '../graph/eightBits.ts';
import type { OnnxWriter } from './onnxWriter.ts';

/** How constants lie in a file. */
export interface WeightStore {
  /** Writes an array, and gives the name of its values as float32. `channels`: its side of one scale each, where it has one. */
  write(writer: OnnxWriter, array: NdArray, channels: number | null): string;
}

const inHalves = (writer: OnnxWriter, { shape, data }: NdArray): string =>
  writer.cast(writer.constant('float16', shape, halves(data)), 'float32');

const inBytes = (writer: OnnxWriter, array: NdArray, axis: number): string => {
  const { numbers, scales } = eightBits(array, axis);
  const values = writer.constant('int8', array.shape, numbers);
  const factors = writer.constant('float32', [scales.length], scales);
  return writer.add('DequantizeLinear', [values, factors], { axis });
};

/** Float16 for all larger arrays of floats, int8 for those of layers; all else as it is. */
export const weightStore = (type: WeightType): WeightStore => ({
  write(writer, array, channels) {
    if (type === 'float32' || !isLarge(array)) return writer.array(array);
    if (type === 'float16') return inHalves(writer, array);
    return channels === null ? writer.array(array) : inBytes(writer, array, channels);
  },
});
