import type { NdArray } from '@understory/core';
import { flag } from '../../graph/attributes.ts';
import type { OpCall, OpTable, WriteOp } from '../opCall.ts';
import { transposed } from '../../graph/transposed.ts';

/** The order of sides in which a matrix's rows are its columns. */
const swapped = (rank: number): number[] => {
  const order = Array.from({ length: rank }, (_, i) => i);
  return [...order.slice(0, -2), rank - 1, rank - 2];
};

/** Weights as one matrix, where they are one for all: onnxruntime's products in 8 bits take no more sides. */
const asMatrix = (array: NdArray): NdArray => {
  const outer = array.shape.slice(0, -2);
  return outer.every((size) => size === 1) ? { ...array, shape: array.shape.slice(-2) } : array;
};

/** A factor, its rows and columns changed places where the op says so; a weight's columns have a scale each. */
const factor = (call: OpCall, i: number, turn: boolean): string => {
  const content = call.values.content(call.from(i));
  const { length } = call.shape(i);
  if (!content) return turn ? call.writer.transpose(call.input(i), swapped(length)) : call.input(i);
  const turned = turn ? transposed(content, swapped(length)) : content;
  const array = call.isRounded && i === 1 ? asMatrix(turned) : turned;
  return call.store.write(call.writer, array, i === 1 ? array.shape.length - 1 : null);
};

const product: WriteOp = (call) => {
  const turns = [
    flag(call.node, 'adj_x') || flag(call.node, 'transpose_a'),
    flag(call.node, 'adj_y') || flag(call.node, 'transpose_b'),
  ];
  call.give(
    call.writer.add(
      'MatMul',
      turns.map((turn, i) => factor(call, i, turn)),
    ),
  );
};

export const productOps: OpTable = { MatMul: product, BatchMatMul: product, BatchMatMulV2: product };
