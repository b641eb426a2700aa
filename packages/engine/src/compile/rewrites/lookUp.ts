import { inputAt, shapeOf } from '../graph/value.ts';
import type { Rewrite } from '../trace/recorder.ts';

/** Tells the shape of what the addon's LookUp gives: `src/eager/lookUp.ts` asks for it. */
export const lookUp: Rewrite = (call, builder) => {
  if (call.op !== 'UnderstoryLookUp') return undefined;
  const [batch = -1, , , channels = -1] = shapeOf(inputAt(call, 0));
  const [rows, columns] = [shapeOf(inputAt(call, 1)), shapeOf(inputAt(call, 2))];
  const larger = (axis: number): number => {
    const sizes = [rows[axis] ?? -1, columns[axis] ?? -1];
    return Math.min(...sizes) < 0 ? -1 : Math.max(...sizes);
  };
  const shapes = [[batch, larger(1), larger(2), channels]];
  return builder.add(call.op, call.inputs, call.attributes, { shapes }).outputs;
};
