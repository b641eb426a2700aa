import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { inputAt, shapeOf, type Value } from '../graph/value.ts';
import type { Call, Rewrite } from '../trace/recorder.ts';
import { numbersIn } from './padding.ts';

const FIRST_MAP = 3;

/** Tells the shapes of what the addon's RoIAlign and its gradient give: `src/eager/roiAlign.ts` asks for them. */
export const roiAlign: Rewrite = (call, builder) => {
  const shapes = shapesOf(call, builder);
  return shapes && builder.add(call.op, call.inputs, call.attributes, { shapes }).outputs;
};

const shapesOf = (call: Call, builder: GraphBuilder): number[][] | undefined => {
  if (call.op === 'UnderstoryRoiAlign') {
    const [count, channels] = [sizeAt(inputAt(call, 0), 0), sizeAt(inputAt(call, FIRST_MAP), 3)];
    const size = call.attributes.find(({ name }) => name === 'size')?.value as number;
    return [[count, size, size, channels]];
  }
  if (call.op !== 'UnderstoryRoiAlignGrad') return undefined;
  const numbers = numbersIn(inputAt(call, 4), builder) ?? [];
  return Array.from({ length: numbers.length / 4 }, (_, i) => numbers.slice(4 * i, 4 * i + 4));
};

const sizeAt = (value: Value, axis: number): number => shapeOf(value)[axis] ?? -1;
