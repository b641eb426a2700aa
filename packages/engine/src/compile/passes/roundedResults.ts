import { attribute } from '../graph/attributes.ts';
import { TF } from '../graph/native.ts';
import { outputAt, toldShapes } from '../graph/value.ts';
import { consumersOf, onlyConsumer } from './consumers.ts';
import type { Pass } from './rewriting.ts';

/** The addon's ops that round what they give in bfloat16, where their attribute `R` says so. */
const ROUNDING: ReadonlySet<string> = new Set([
  'UnderstoryDense',
  'UnderstoryDenseInputGrad',
  'UnderstoryLayerNorm',
]);

/** What is taken in bfloat16 alone is rounded where it is computed, and goes through memory once: the same to the last bit. */
export const roundResults: Pass = (rewriting, draft) => {
  const consumers = consumersOf(rewriting);
  for (const node of rewriting.nodes()) {
    if (!ROUNDING.has(node.op)) continue;
    const cast = onlyConsumer(outputAt(node, 0), consumers, ['Cast']);
    if (cast?.outputs[0]?.dtype !== TF.bfloat16) continue;
    const attributes = [...node.attributes, attribute.type('R', TF.bfloat16)];
    const made = draft.add(node.op, rewriting.inputsOf(node), attributes, { shapes: toldShapes(node) });
    rewriting.delay(made, rewriting.delaysOf(node));
    rewriting.replace(outputAt(cast, 0), outputAt(made, 0));
    for (const [i, other] of made.outputs.entries()) if (i > 0) rewriting.replace(outputAt(node, i), other);
  }
};
