import { numberOf } from '../graph/attributes.ts';
import { elementsIn, inputAt, shapeOf } from '../graph/value.ts';
import type { Call, Rewrite } from '../trace/recorder.ts';

/** Tells the shapes of what the addon's ops of `src/eager/ownPairs.ts` give. */
export const ownPairs: Rewrite = (call, builder) => {
  const shapes = shapesOf(call);
  return shapes && builder.add(call.op, call.inputs, call.attributes, { shapes }).outputs;
};

const shapesOf = (call: Call): (readonly number[])[] | undefined => {
  const at = (index: number): readonly number[] => shapeOf(inputAt(call, index));
  switch (call.op) {
    case 'UnderstoryGelu':
    case 'UnderstoryGeluGrad':
    case 'UnderstoryAttentionGrad':
      return [at(0)];
    case 'UnderstoryLayerNorm': {
      const rows = at(0).slice(0, -1);
      const count = rows.some((size) => size < 0) ? -1 : elementsIn(rows);
      return [at(0), [count], [count]];
    }
    case 'UnderstoryLayerNormGrad':
      return [at(0), at(1), at(1)];
    case 'UnderstoryAttention': {
      const [batch = -1, tokens = -1, three = -1] = at(0);
      return [
        [batch, tokens, three / 3],
        [batch, numberOf(call.attributes, 'heads'), tokens],
      ];
    }
    default:
      return undefined;
  }
};
