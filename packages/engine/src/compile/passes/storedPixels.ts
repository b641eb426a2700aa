import { attribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { contentOf, inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/**
 * Pixels are moved as they are stored, bytes, and are made floats afterwards: a quarter of the memory goes through the
 * processor. The numbers are the same.
 */
export const lookUpStored: Pass = (rewriting, draft) => {
  for (const node of rewriting.nodes()) {
    if (node.op !== 'UnderstoryLookUp') continue;
    const stored = storedPixels(inputAt(node, 0), rewriting);
    const fill = stored && storedFill(rewriting.resolve(inputAt(node, 3)).node, draft);
    if (!fill) continue;
    const places = [inputAt(node, 1), inputAt(node, 2)].map((value) => rewriting.resolve(value));
    const result = outputAt(node, 0);
    const moved = draft.add(node.op, [stored, ...places, fill], [attribute.type('T', TF.uint8)], {
      shapes: [shapeOf(result)],
    });
    rewriting.replace(result, asFloats(outputAt(moved, 0), draft));
  }
};

/** Types that hold every byte as it is. */
const WHOLE: ReadonlySet<number> = new Set([TF.float32, TF.int32]);

/** The bytes that floats were made of, by way of whole numbers too: tfjs knows no bytes. */
const storedPixels = (floats: Value, rewriting: Rewriting): Value | undefined => {
  let now = rewriting.resolve(floats);
  while (now.node.op === 'Cast' && WHOLE.has(now.dtype)) now = rewriting.resolve(inputAt(now.node, 0));
  return now.dtype === TF.uint8 ? now : undefined;
};

/** A constant colour as bytes; undefined where bytes cannot say it. */
const storedFill = (node: GraphNode, draft: GraphBuilder): Value | undefined => {
  const content = contentOf(node);
  if (!(content?.data instanceof Float32Array)) return undefined;
  const data = Uint8Array.from(content.data);
  if (!content.data.every((level, i) => level === data[i])) return undefined;
  return draft.constant({ dtype: TF.uint8, shape: content.shape, data });
};

const asFloats = (bytes: Value, draft: GraphBuilder): Value =>
  draft.value('Cast', [bytes], [attribute.type('SrcT', TF.uint8), attribute.type('DstT', TF.float32)]);
