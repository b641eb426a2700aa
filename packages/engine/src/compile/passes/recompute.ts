import { attribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { outputAt, toldShapes, type GraphNode, type Value } from '../graph/value.ts';
import { cheapest, cutsOf, forwardPassOf, isMap } from './cuts.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/**
 * Activation recomputation (Chen et al. 2016, section 3): of what a network makes of its images some maps stay in memory; what lies
 * between two of them is computed a second time when the gradient has come down to the later one. The same ops on the same values,
 * so the same bits. Not behind the last one: the way back begins there.
 */
export const recompute: Pass = (rewriting, draft) => {
  for (const passage of rewriting.program.passages) {
    const pass = forwardPassOf(passage, rewriting);
    if (!pass) continue;
    const ends = [pass.images, ...cheapest(cutsOf(pass, rewriting))];
    for (let i = ends.length - 1; i > 0; i--) {
      const [from, to] = [ends[i - 1], ends[i]];
      if (from && to)
        recomputeStage(stageOf({ from, to, forward: pass.forward }, rewriting), rewriting, draft);
    }
  }
};

interface Ends {
  readonly from: Value;
  readonly to: Value;
  /** All that the loss is computed from. */
  readonly forward: ReadonlySet<GraphNode>;
}

/** What lies between two maps. */
interface Stage extends Ends {
  readonly inside: ReadonlySet<GraphNode>;
  /** The way back to the later map, and on from there. */
  readonly back: ReadonlySet<GraphNode>;
  /** Nodes of the way back that take maps from inside, the first of them first. */
  readonly takers: readonly GraphNode[];
}

const stageOf = (ends: Ends, rewriting: Rewriting): Stage => {
  const { from, to, forward } = ends;
  const inside = new Set(rewriting.between(from, to));
  const back = new Set([...rewriting.computedFrom(to)].filter((node) => !forward.has(node)));
  const isHeld = (value: Value): boolean => value !== to && inside.has(value.node) && isMap(value);
  const takers = [...back].filter((node) => rewriting.inputsOf(node).some(isHeld));
  return { ...ends, inside, back, takers };
};

/** The gradient that must be there before a stage is computed again: what its first taker takes of it. */
const gradientsAt = ({ to, back, takers }: Stage, rewriting: Rewriting): Value[] => {
  const ofGradient = (node: GraphNode): Value[] =>
    rewriting.inputsOf(node).filter((value) => back.has(value.node));
  const [first] = takers;
  if (!first) return [];
  // The gradient of a ReLU that ends the stage goes into other ops: what comes into it is waited for.
  return ofGradient(first).flatMap((value) =>
    rewriting.inputsOf(value.node).includes(to) ? ofGradient(value.node) : [value],
  );
};

const recomputeStage = (stage: Stage, rewriting: Rewriting, draft: GraphBuilder): void => {
  const { from, to, inside, takers } = stage;
  if (takers.length === 0) return;
  const entry = draft.value('Identity', [from], [attribute.type('T', from.dtype)]);
  rewriting.delay(entry.node, gradientsAt(stage, rewriting));
  const copies = new Map<GraphNode, GraphNode>();
  const again = (value: Value): Value => {
    if (value === from) return entry;
    // Statistics are held: of several workers they hold the sums, which are not asked for twice.
    if (value === to || !inside.has(value.node) || !isMap(value)) return value;
    return outputAt(copyOf(value.node), value.index);
  };
  const copyOf = (node: GraphNode): GraphNode => {
    const copy = copies.get(node) ?? sameWith(node, rewriting.inputsOf(node).map(again), draft);
    copies.set(node, copy);
    return copy;
  };
  for (const node of takers) {
    const inputs = rewriting.inputsOf(node).map((value) => (value === from ? value : again(value)));
    const made = sameWith(node, inputs, draft);
    rewriting.delay(made, rewriting.delaysOf(node));
    for (const output of node.outputs) rewriting.replace(output, outputAt(made, output.index));
  }
};

const sameWith = (node: GraphNode, inputs: readonly Value[], draft: GraphBuilder): GraphNode =>
  draft.add(node.op, inputs, node.attributes, { shapes: toldShapes(node) });
