import type { GraphBuilder } from '../graph/graphBuilder.ts';
import type { VariableStore } from '../graph/variableStore.ts';
import type { Passages } from './passages.ts';
import type { Rewrite } from './recorder.ts';

/** Something that a user may want to know; nothing is wrong yet. */
export interface Notice {
  readonly code: 'large-constant' | 'constant-gone' | 'traced-again' | 'sums-by-ring';
  readonly message: string;
}

/** What a trace works with. */
export interface TraceContext {
  /** A graph of the trace's own, for types and shapes. */
  readonly draft: GraphBuilder;
  readonly store: VariableStore;
  readonly rewrites: readonly Rewrite[];
  readonly passages: Passages;
  readonly notify: (notice: Notice) => void;
}
