import { UnderstoryError } from '@understory/core';
import { attribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { contentOf, elementsIn, outputAt, toldShapes, type GraphNode, type Value } from '../graph/value.ts';
import type { VariableStore } from '../graph/variableStore.ts';
import type { Rewriting } from '../passes/rewriting.ts';
import type { Program } from '../trace/program.ts';
import { NOT_FINITE } from './runError.ts';

/** A program as it stands in a session's graph. */
export interface Emitted {
  readonly feeds: readonly Value[];
  readonly fetches: readonly Value[];
  readonly targets: readonly GraphNode[];
  /** Those of the program, beside what reads and writes variables. */
  readonly nodes: readonly GraphNode[];
}

/** Results from this size on go to JS without a copy, so each needs memory of its own (`kShared` in run.cc). */
const SHARED_RESULT = 2 ** 16;

/** Puts into a session's graph what a program needs, and nothing else. */
export const emit = (
  rewriting: Rewriting,
  builder: GraphBuilder,
  { store, guard }: { readonly store: VariableStore; readonly guard: boolean },
): Emitted => {
  const { program } = rewriting;
  const made = new Map<Value, Value>();
  const feeds = program.inputs.map(({ value, dtype, shape }) => {
    const feed = builder.placeholder(TF[dtype], shape);
    made.set(value, feed);
    return feed;
  });
  const valueOf = (value: Value): Value => {
    const known = made.get(rewriting.resolve(value));
    if (known) return known;
    throw new UnderstoryError('trace-failed', `What ${value.node.op} gives is taken before it is computed.`);
  };
  const nodes: GraphNode[] = [];
  for (const [node, awaited] of rewriting.schedule()) {
    const first = outputAt(node, 0);
    const slot = program.reads.get(first);
    const after = awaited.flatMap((one) => made.get(outputAt(one, 0))?.node ?? []);
    if (slot) made.set(first, store.read(slot));
    else if (!made.has(first)) nodes.push(copy(node, after, { valueOf, builder, made }));
  }
  for (const { slot, value } of program.created)
    slot.initial = { assign: store.assign(slot, valueOf(value), []) };
  const checks = guard ? checksOf(program, valueOf, builder) : [];
  const readOf = new Map([...program.reads].map(([value, slot]) => [slot, made.get(value)]));
  const targets = program.assigns.map(({ slot, value }) => {
    // Every assignment waits for the variable's read, so that the whole step sees the values from before it.
    const read = readOf.get(slot);
    return store.assign(slot, valueOf(value), [...(read ? [read.node] : []), ...checks]);
  });
  return { feeds, fetches: fetchesOf(program, valueOf, builder), targets: [...targets, ...checks], nodes };
};

/** Nodes that fail where an output is not finite, so that nothing is assigned. */
const checksOf = (
  { outputs }: Program,
  valueOf: (value: Value) => Value,
  builder: GraphBuilder,
): GraphNode[] =>
  outputs
    .filter(({ dtype }) => dtype === 'float32')
    .map(({ name, value }) =>
      builder.add(
        'CheckNumerics',
        [valueOf(value)],
        [attribute.type('T', TF.float32), attribute.string('message', `${NOT_FINITE}${name}`)],
      ),
    );

interface Copying {
  readonly valueOf: (value: Value) => Value;
  readonly builder: GraphBuilder;
  readonly made: Map<Value, Value>;
}

const copy = (
  node: GraphNode,
  after: readonly GraphNode[],
  { valueOf, builder, made }: Copying,
): GraphNode => {
  const content = contentOf(node);
  if (content) {
    const constant = builder.constant(content);
    made.set(outputAt(node, 0), constant);
    return constant.node;
  }
  const { op, inputs, attributes, outputs } = node;
  const same = builder.add(op, inputs.map(valueOf), attributes, { shapes: toldShapes(node), after });
  for (const [i, output] of outputs.entries()) made.set(output, outputAt(same, i));
  return same;
};

const fetchesOf = ({ outputs }: Program, valueOf: (value: Value) => Value, builder: GraphBuilder): Value[] =>
  outputs.map(({ value }) => {
    const fetched = valueOf(value);
    const bytes = 4 * elementsIn(value.shape ?? []);
    // TensorFlow refuses to fetch what is fed.
    if (bytes < SHARED_RESULT && fetched.node.op !== 'Placeholder') return fetched;
    return builder.value('DeepCopy', [fetched], [attribute.type('T', fetched.dtype)]);
  });
