import type { NdArray } from '@understory/core';
import { number } from '../../graph/attributes.ts';
import type { OpCall, OpTable, WriteOp } from '../opCall.ts';
import type { OnnxWriter } from '../onnxWriter.ts';

/** What an op makes of its inputs' names. */
type Made = (writer: OnnxWriter, inputs: readonly string[], call: OpCall) => string;

const isMap = (call: OpCall, i: number): boolean => call.shape(i).length === 4;

/** A constant of a number for each channel, for maps with channels first; null where an input is neither that nor maps. */
const besideMaps = (call: OpCall, i: number): string | NdArray | null => {
  const { shape } = call.type(i);
  if (isMap(call, i)) return call.maps(i);
  if (shape.length === 0) return call.input(i);
  const content = call.values.content(call.from(i));
  return shape.length === 1 && content ? { ...content, shape: [...shape, 1, 1] } : null;
};

/** Inputs with channels first, where one of them is there that way and all can be; else null. */
const asMaps = (call: OpCall): string[] | null => {
  if (!call.inputs.some((name) => call.values.isFirst(name))) return null;
  if (call.gives().shape.length !== 4) return null;
  const all = call.inputs.map((_, i) => besideMaps(call, i));
  if (all.includes(null)) return null;
  return all.flatMap((one) => (one === null ? [] : [typeof one === 'string' ? one : call.writer.array(one)]));
};

const elementwise =
  (made: Made): WriteOp =>
  (call) => {
    const maps = asMaps(call);
    if (maps) call.giveMaps(made(call.writer, maps, call));
    else
      call.give(
        made(
          call.writer,
          call.inputs.map((_, i) => call.input(i)),
          call,
        ),
      );
  };

/** An op that ONNX has too. */
const same = (op: string): WriteOp => elementwise((writer, inputs) => writer.add(op, inputs));

const floorMod: Made = (writer, [x, y], call) => {
  if (call.type(0).dtype !== 'float32') return writer.add('Mod', [x!, y!]);
  const whole = writer.add('Floor', [writer.add('Div', [x!, y!])]);
  return writer.add('Sub', [x!, writer.add('Mul', [whole, y!])]);
};

/** ONNX's division of whole numbers cuts towards zero: what is left of a multiple of `y` is the same either way. */
const floorDiv: Made = (writer, [x, y], call) =>
  call.type(0).dtype === 'float32'
    ? writer.add('Floor', [writer.add('Div', [x!, y!])])
    : writer.add('Div', [writer.add('Sub', [x!, writer.add('Mod', [x!, y!])]), y!]);

/** Sums of several, one after the other: ONNX's own are for floats alone. */
const addAll: Made = (writer, [first, ...rest]) =>
  rest.reduce((sum, x) => writer.add('Add', [sum, x]), first!);

const square: Made = (writer, [x]) => writer.add('Mul', [x!, x!]);

const ALIKE = {
  ...{ Abs: 'Abs', Ceil: 'Ceil', Cos: 'Cos', Erf: 'Erf', Exp: 'Exp', Floor: 'Floor', Log: 'Log', Neg: 'Neg' },
  ...{
    Reciprocal: 'Reciprocal',
    Relu: 'Relu',
    Rint: 'Round',
    Round: 'Round',
    Sigmoid: 'Sigmoid',
    Sign: 'Sign',
  },
  ...{ Sin: 'Sin', Softplus: 'Softplus', Softsign: 'Softsign', Sqrt: 'Sqrt', Tan: 'Tan', Tanh: 'Tanh' },
  ...{ Elu: 'Elu', Selu: 'Selu', Asin: 'Asin', Acos: 'Acos', Atan: 'Atan', Sinh: 'Sinh', Cosh: 'Cosh' },
  ...{ Add: 'Add', AddV2: 'Add', Sub: 'Sub', Mul: 'Mul', RealDiv: 'Div', Pow: 'Pow' },
  ...{ Maximum: 'Max', Minimum: 'Min', IsNan: 'IsNaN', Identity: 'Identity' },
  ...{ Greater: 'Greater', GreaterEqual: 'GreaterOrEqual', Less: 'Less', LessEqual: 'LessOrEqual' },
  ...{ Equal: 'Equal', LogicalAnd: 'And', LogicalOr: 'Or', LogicalNot: 'Not', SelectV2: 'Where' },
} as const;

export const elementwiseOps: OpTable = {
  ...Object.fromEntries(Object.entries(ALIKE).map(([op, onnx]) => [op, same(onnx)])),
  AddN: elementwise(addAll),
  Cast: elementwise((writer, [x], call) => writer.cast(x!, call.gives().dtype)),
  FloorDiv: elementwise(floorDiv),
  FloorMod: elementwise(floorMod),
  LeakyRelu: elementwise((writer, inputs, { node }) =>
    writer.add('LeakyRelu', inputs, { alpha: { float: number(node, 'alpha') } }),
  ),
  Log1p: elementwise((writer, [x]) => writer.add('Log', [writer.add('Add', [x!, writer.float(1)])])),
  Expm1: elementwise((writer, [x]) => writer.add('Sub', [writer.add('Exp', [x!]), writer.float(1)])),
  NotEqual: elementwise((writer, inputs) => writer.add('Not', [writer.add('Equal', inputs)])),
  Relu6: elementwise((writer, [x]) => writer.add('Clip', [x!, writer.float(0), writer.float(6)])),
  Rsqrt: elementwise((writer, inputs) => writer.add('Reciprocal', [writer.add('Sqrt', inputs)])),
  Square: elementwise(square),
  SquaredDifference: elementwise((writer, inputs, call) => square(writer, [writer.add('Sub', inputs)], call)),
};
