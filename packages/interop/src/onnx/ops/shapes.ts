import { UnderstoryError } from '@understory/core';
import { flag, number } from '../../graph/attributes.ts';
import { FREE } from '../../graph/freeBatch.ts';
import type { OpCall, OpTable, WriteOp } from '../opCall.ts';
import { CHANNELS_FIRST } from '../values.ts';

/** Where a side of [B, H, W, C] lies with channels first. */
const sideFirst = (side: number): number => CHANNELS_FIRST.indexOf(side as 0 | 1 | 2 | 3);

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Whether an op of sides should work on maps with channels first: they lie that way. */
const onMaps = (call: OpCall, i = 0): boolean => call.values.isFirst(call.from(i));

/** Numbers for each side of [B, H, W, C], in the order of maps with channels first. */
const turned = (numbers: readonly number[]): number[] => CHANNELS_FIRST.map((side) => numbers[side]!);

/** Writes an op that has a number or two for each side, in whichever order its input lies. */
const bySides = (
  call: OpCall,
  make: (input: string, order: (numbers: readonly number[]) => readonly number[]) => string,
): void => {
  if (onMaps(call)) call.giveMaps(make(call.maps(0), turned));
  else call.give(make(call.input(0), (numbers) => numbers));
};

/** Further than any side is long: ONNX's word for "to the end". */
const END = 2 ** 31 - 1;

const slice: WriteOp = (call) => {
  const [begin, size] = [call.numbers(1), call.numbers(2)];
  const end = begin.map((at, i) => (size[i] === FREE ? END : at + size[i]!));
  bySides(call, (x, order) => {
    const lists = [order(begin), order(end), begin.map((_, i) => i)].map((list) => call.writer.list(list));
    return call.writer.add('Slice', [x, ...lists]);
  });
};

/** [before, after] of each side, as ONNX has them: first all that lies before. */
const padded: WriteOp = (call) => {
  const pairs = call.numbers(1);
  const [before, after] = [0, 1].map((at) => pairs.filter((_, i) => i % 2 === at)) as [number[], number[]];
  const value = call.inputs.length > 2 ? call.input(2) : call.writer.float(0);
  bySides(call, (x, order) =>
    call.writer.add('Pad', [x, call.writer.list([...order(before), ...order(after)]), value]),
  );
};

const tile: WriteOp = (call) => {
  const times = call.numbers(1);
  bySides(call, (x, order) => call.writer.add('Tile', [x, call.writer.list(order(times))]));
};

const concat: WriteOp = (call) => {
  const parts = call.inputs.slice(0, -1);
  const rank = call.gives().shape.length;
  const [axis] = call.numbers(-1).map((side) => positive(side, rank)) as [number];
  const { values, writer } = call;
  if (rank === 4 && parts.some((name) => values.isFirst(name)))
    call.giveMaps(
      writer.add(
        'Concat',
        parts.map((name) => values.first(name)),
        { axis: sideFirst(axis) },
      ),
    );
  else
    call.give(
      writer.add(
        'Concat',
        parts.map((name) => values.last(name)),
        { axis },
      ),
    );
};

/** `SplitV`: parts of given sizes along a side. */
const split: WriteOp = (call) => {
  const sizes = call.writer.list(call.numbers(1));
  const { shape } = call.type(0);
  const [axis] = call.numbers(2).map((side) => positive(side, shape.length)) as [number];
  const { length } = call.node.gives;
  const maps = onMaps(call);
  const given = [maps ? call.maps(0) : call.input(0), sizes];
  const parts = call.writer.addMany('Split', given, { axis: maps ? sideFirst(axis) : axis }, length);
  parts.forEach((part, i) => (maps ? call.giveMaps(part, i) : call.give(part, i)));
};

/** `Unpack`: what lies at each place of a side, without that side. */
const unpack: WriteOp = (call) => {
  const axis = positive(number(call.node, 'axis'), call.shape(0).length);
  const { length } = call.node.gives;
  const ones = call.writer.list(Array.from({ length }, () => 1));
  const parts = call.writer.addMany('Split', [call.input(0), ones], { axis }, length);
  parts.forEach((part, i) => {
    call.give(call.writer.add('Squeeze', [part, call.writer.list([axis])]), i);
  });
};

const pack: WriteOp = (call) => {
  const axis = positive(number(call.node, 'axis'), call.gives().shape.length);
  const at = call.writer.list([axis]);
  const parts = call.inputs.map((_, i) => call.writer.add('Unsqueeze', [call.input(i), at]));
  call.give(call.writer.add('Concat', parts, { axis }));
};

const reshapeTo: WriteOp = (call) => {
  call.give(call.writer.reshape(call.input(0), withOneFree(call)));
};

/** The shape of what an op gives, with at most one size that is left to be found. */
const withOneFree = (call: OpCall): readonly number[] => {
  const { shape } = call.gives();
  if (shape.filter((size) => size === FREE).length < 2) return shape;
  throw new UnderstoryError(
    'export',
    `${call.node.op} gives [${shape.join()}], of which two sides depend on the image.`,
  );
};

/** How many leading sides of a gather's inputs are the same image's. */
const sharedSides = ({ node }: OpCall): number =>
  'batch_dims' in node.attributes ? number(node, 'batch_dims') : 0;

/** Rows by their places within each image: ONNX has that where the rows' side comes right after those that are shared. */
const gatherWithin = (call: OpCall, axis: number, shared: number): string => {
  if (axis !== shared)
    throw new UnderstoryError(
      'export',
      `GatherV2 along side ${axis}, of which ${shared} are shared, cannot be written as ONNX. Take --format saved-model.`,
    );
  const places = call.writer.cast(call.input(1), 'int64');
  const each = call.writer.add('Unsqueeze', [places, call.writer.list([-1])]);
  return call.writer.add('GatherND', [call.input(0), each], { batch_dims: shared });
};

const gather: WriteOp = (call) => {
  const axis = call.inputs.length > 2 ? positive(call.numbers(2)[0]!, call.shape(0).length) : 0;
  const shared = positive(sharedSides(call), call.shape(1).length);
  if (shared > 0) call.give(gatherWithin(call, axis, shared));
  else call.give(call.writer.add('Gather', [call.input(0), call.input(1)], { axis }));
};

const reduce =
  (op: string): WriteOp =>
  (call) => {
    const keepdims = flag(call.node, 'keep_dims');
    const rank = call.shape(0).length;
    const axes = call.numbers(1).map((axis) => positive(axis, rank));
    const maps = onMaps(call) && axes.every((axis) => axis > 0);
    const at = maps ? axes.map(sideFirst) : axes;
    const x = maps ? call.maps(0) : call.input(0);
    const more = { keepdims: Number(keepdims) };
    const made = call.writer.add(op, [x, call.writer.list(at)], more);
    // Without its sides a map of one number a channel is [B, C] either way.
    if (!maps) call.give(made);
    else if (keepdims) call.giveMaps(made);
    else if (axes.includes(3) || axes.length > 1) call.give(made);
    else call.give(call.writer.transpose(made, [0, 2, 1]));
  };

const argMax =
  (op: string): WriteOp =>
  (call) => {
    const axis = call.numbers(1)[0]!;
    const made = call.writer.add(op, [call.input(0)], { axis, keepdims: 0 });
    call.give(call.writer.cast(made, 'int32'));
  };

const fill: WriteOp = (call) => {
  call.give(call.writer.add('Expand', [call.input(1), call.writer.list(call.numbers(0))]));
};

const broadcast: WriteOp = (call) => {
  call.give(call.writer.add('Expand', [call.input(0), call.writer.list(call.numbers(1))]));
};

const softmax =
  (op: string): WriteOp =>
  (call) => {
    if (onMaps(call)) call.giveMaps(call.writer.add(op, [call.maps(0)], { axis: 1 }));
    else call.give(call.writer.add(op, [call.input(0)], { axis: -1 }));
  };

const range: WriteOp = (call) => {
  call.give(
    call.writer.add(
      'Range',
      [0, 1, 2].map((i) => call.input(i)),
    ),
  );
};

/** `Select` chooses rows where its condition has one number a row. */
const select: WriteOp = (call) => {
  const [condition, rank] = [call.shape(0), call.shape(1).length];
  const narrow = condition.length === 1 && rank > 1;
  const choice = narrow
    ? call.writer.reshape(call.input(0), [condition[0]!, ...Array.from({ length: rank - 1 }, () => 1)])
    : call.input(0);
  call.give(call.writer.add('Where', [choice, call.input(1), call.input(2)]));
};

/** Ops that move, choose, join and add up numbers. */
export const shapeOps: OpTable = {
  Reshape: reshapeTo,
  ExpandDims: reshapeTo,
  Squeeze: reshapeTo,
  Transpose: (call) => call.give(call.writer.transpose(call.input(0), call.numbers(1))),
  Slice: slice,
  Pad: padded,
  PadV2: padded,
  Tile: tile,
  ConcatV2: concat,
  SplitV: split,
  Unpack: unpack,
  Pack: pack,
  GatherV2: gather,
  Fill: fill,
  BroadcastTo: broadcast,
  Range: range,
  Select: select,
  Mean: reduce('ReduceMean'),
  Sum: reduce('ReduceSum'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  ArgMax: argMax('ArgMax'),
  ArgMin: argMax('ArgMin'),
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
};
