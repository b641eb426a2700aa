import { fieldsOf, messagesIn, numberOf, textOf } from '@understory/core/protobuf';
import type { OwnTime } from '../graph/native.ts';

/** Time that nodes of one kind took in a run. */
export interface OpTime {
  readonly op: string;
  readonly milliseconds: number;
  readonly count: number;
}

/** What a node takes or gives, as far as the graph can tell: −1 for a size that it cannot. */
export interface TensorSize {
  /** TensorFlow's name of the type: `float32`, `bfloat16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What a node works on, and those of its attributes that are numbers. */
export interface NodeWork {
  readonly inputs: readonly TensorSize[];
  readonly outputs: readonly TensorSize[];
  readonly numbers: Readonly<Record<string, number>>;
}

export interface NodeTime extends NodeWork {
  readonly node: string;
  readonly op: string;
  readonly milliseconds: number;
  /** CPU time of the thread that ran it, for the addon's own ops; others on the machine do not add to it. */
  readonly cpu?: number;
  /** When it began, from the run's first node on. */
  readonly start: number;
}

export interface Profile {
  /** From the first node's start to the last one's end. */
  readonly milliseconds: number;
  /** By kind, the dearest first. Nodes run side by side, so the sum may exceed the whole. */
  readonly ops: readonly OpTime[];
  readonly nodes: readonly NodeTime[];
}

interface KnownOfNodes {
  readonly work: ReadonlyMap<string, NodeWork>;
  readonly times: readonly OwnTime[];
}

const cpuOf = (cpu: number | undefined): Pick<NodeTime, 'cpu'> => (cpu === undefined ? {} : { cpu });

const UNKNOWN: NodeWork = { inputs: [], outputs: [], numbers: {} };

/**
 * Decodes RunMetadata { step_stats = 1: StepStats { dev_stats = 1: { device = 1; node_stats = 2 } } }. What else is known of
 * nodes is found by their names; those that TensorFlow put there itself have none.
 */
export const profileOf = (metadata: Uint8Array, { work, times }: KnownOfNodes): Profile => {
  const cpus = new Map(times.map(({ node, milliseconds }) => [node, milliseconds]));
  const nodes = nodesOf(metadata);
  const first = Math.min(...nodes.map(({ start }) => start));
  const end = Math.max(...nodes.map(({ start, milliseconds }) => start + milliseconds));
  const totals = new Map<string, OpTime>();
  for (const { op, milliseconds } of nodes) {
    const before = totals.get(op) ?? { op, milliseconds: 0, count: 0 };
    totals.set(op, { op, milliseconds: before.milliseconds + milliseconds, count: before.count + 1 });
  }
  return {
    milliseconds: nodes.length > 0 ? end - first : 0,
    ops: [...totals.values()].sort((a, b) => b.milliseconds - a.milliseconds),
    nodes: nodes.map((node) => ({
      ...node,
      ...(work.get(node.node) ?? UNKNOWN),
      ...cpuOf(cpus.get(node.node)),
      start: node.start - first,
    })),
  };
};

const NONE = new Uint8Array();

/** When the nodes of a run began, and how long each took, of its serialised RunMetadata. */
export const nodesOf = (metadata: Uint8Array): Omit<NodeTime, keyof NodeWork>[] =>
  messagesIn(metadata, 1)
    .flatMap((stats) => messagesIn(stats, 1))
    .flatMap((device) => messagesIn(device, 2))
    .map(nodeOf);

/** NodeExecStats { node_name = 1; all_start_micros = 2; op_start/end_rel_micros = 3, 4; timeline_label = 8 }. */
const nodeOf = (bytes: Uint8Array): Omit<NodeTime, keyof NodeWork> => {
  const fields = new Map([...fieldsOf(bytes)].map((field) => [field.id, field]));
  const number = (id: number): number => numberOf(fields.get(id) ?? { id, value: 0 });
  const text = (id: number): string => textOf(fields.get(id) ?? { id, value: NONE });
  // The label reads `name = Op(inputs)`.
  const op = / = ([^(]+)\(/.exec(text(8))?.[1] ?? text(1);
  return { node: text(1), op, start: number(2) / 1000, milliseconds: (number(4) - number(3)) / 1000 };
};
