import type { GraphBuilder } from './graphBuilder.ts';
import type { Notice } from './notice.ts';
import type { Rewrite } from './recorder.ts';
import type { VariableStore } from './variableStore.ts';

/** What a trace works with. */
export interface TraceContext {
  /** A graph of the trace's own, for types and shapes. */
  readonly draft: GraphBuilder;
  readonly store: VariableStore;
  readonly rewrites: readonly Rewrite[];
  readonly notify: (notice: Notice) => void;
}
