import { attribute, isSet, numberOf } from './attributes.ts';
import type { GraphBuilder } from './graphBuilder.ts';
import { shapeOf, type GraphNode, type Value } from './value.ts';

/** A convolution of the addon's, none that is depthwise, or one of its gradients, by what it takes (`native/conv_ops.cc`). */
export interface OwnConvolution {
  readonly op: 'UnderstoryConv' | 'UnderstoryConvInputGrad' | 'UnderstoryConvFilterGrad';
  readonly stride: number;
  /** Images that share the filter; of the input gradient, gradients of the results. */
  readonly maps: readonly Value[];
  /** Of the filter's gradient: gradients of the results. */
  readonly dys: readonly Value[];
  /** None for the filter's gradient. */
  readonly filter: Value | null;
  /** [outputs]: times the filter. */
  readonly scale: Value | null;
  /** [outputs]: added to each result. */
  readonly bias: Value | null;
  /** Added to each result, or none. */
  readonly sides: readonly Value[];
  /** Of the input gradient: what a ReLU gave at each result, or none. */
  readonly gates: readonly Value[];
  /** Of the ReLU that follows, or that gave `gates`; 0 without one. */
  readonly ceiling: number;
  /** Of the filter's gradient: whether sums of `dys` are asked for as well. */
  readonly sums: boolean;
  /** Whether images in bfloat16 may be multiplied in it. */
  readonly pairs: boolean;
  /** Of each result; of the filter's gradient, its own and that of the sums. */
  readonly shapes: readonly (readonly number[])[];
}

const NOTHING = {
  ...{ dys: [], filter: null, scale: null, bias: null, sides: [], gates: [], ceiling: 0, sums: false },
  pairs: true,
} as const;

/** One that has nothing beyond the convolution itself. */
export const plainConvolution = (
  parts: Pick<OwnConvolution, 'op' | 'stride' | 'maps' | 'shapes'> & Partial<OwnConvolution>,
): OwnConvolution => ({ ...NOTHING, ...parts });

export const addConvolution = (builder: GraphBuilder, of: OwnConvolution): GraphNode => {
  const { op, stride, maps, dys, filter, scale, bias, sides, gates, ceiling, sums, shapes } = of;
  const given = (value: Value | null): Value[] => (value ? [value] : []);
  const inputs = [...maps, ...dys, ...given(filter), ...given(scale), ...given(bias), ...sides, ...gates];
  const along = (axis: number): number[] => shapes.map((shape) => shape[axis] ?? 0);
  // An op takes those that its definition has.
  const attributes = [
    ...[attribute.int('stride', stride), attribute.float('ceiling', ceiling), attribute.bool('sums', sums)],
    ...[
      attribute.int('heights', along(1)),
      attribute.int('widths', along(2)),
      attribute.int('size', along(0)[0] ?? 0),
    ],
    ...[attribute.int('maps', maps.length), attribute.int('scales', given(scale).length)],
    ...[attribute.int('biases', given(bias).length), attribute.int('sides', sides.length)],
    ...[attribute.int('gates', gates.length), attribute.bool('pairs', of.pairs)],
    // Nobody has asked yet for what it tells of its rows (passes/toldLots.ts).
    ...[attribute.int('norms', 0), attribute.int('relus', 0)],
  ];
  const told = op === 'UnderstoryConvFilterGrad' ? [] : [[0]];
  return builder.add(op, inputs, attributes, { shapes: [...shapes, ...told] });
};

const OPS: readonly string[] = ['UnderstoryConv', 'UnderstoryConvInputGrad', 'UnderstoryConvFilterGrad'];
const isConvolution = (op: string): op is OwnConvolution['op'] => OPS.includes(op);

/** What a node is as a convolution, with its inputs as `resolve` gives them; null for any other. */
export const convolutionOf = (
  { op, inputs, attributes, outputs }: GraphNode,
  resolve: (value: Value) => Value = (value) => value,
): OwnConvolution | null => {
  if (!isConvolution(op)) return null;
  const number = (name: string): number => numberOf(attributes, name);
  const values = inputs.map(resolve);
  const take = (count: number): Value[] => values.splice(0, count);
  const ofFilter = op === 'UnderstoryConvFilterGrad';
  const maps = take(number('maps'));
  const dys = ofFilter ? take(maps.length) : [];
  const [filter = null] = take(ofFilter ? 0 : 1);
  const [scale = null] = take(number('scales'));
  const [bias = null] = take(number('biases'));
  const [sides, gates] = [take(number('sides')), take(number('gates'))];
  return {
    ...{
      op,
      stride: number('stride'),
      maps,
      dys,
      filter,
      scale,
      bias,
      sides,
      gates,
      ceiling: number('ceiling'),
    },
    sums: isSet(attributes, 'sums'),
    pairs: !attributes.some(({ name, value }) => name === 'pairs' && value === false),
    shapes: (ofFilter ? outputs : outputs.slice(0, maps.length)).map(shapeOf),
  };
};
