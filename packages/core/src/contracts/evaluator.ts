import type { Named } from '../named.ts';
import { token } from '../plugin.ts';
import type { NdArray } from './arrays.ts';
import type { Dataset, Samples } from './dataset.ts';

/** What an evaluator looks at. */
export interface EvaluationRequest {
  readonly dataset: Dataset;
  /** The samples that are measured on. */
  readonly samples: Samples;
  /** Outputs of the inference step for samples, by name: `pooled`, `tap/stage1`, `logits`; a row each, in their order. */
  infer(samples: Samples, outputs: readonly string[]): Promise<Named<NdArray>>;
}

/**
 * Numbers that need more than a pass over predictions: neighbours among embeddings, a probe that is trained. They come
 * after the metrics' own, once an epoch and at the end.
 */
export interface Evaluator {
  readonly name: string;
  /** Whether it looks at every epoch's end, or at the run's end alone. */
  readonly when: 'epoch' | 'end';
  /** Units of its numbers that are no fractions, by name. */
  readonly units?: Named<string>;
  /** Outputs that it looks at, by name: refused before step 0 where the network does not give them. */
  readonly reads?: readonly string[];
  /** Throws before step 0 where a dataset is none that it can look at. */
  check?(dataset: Dataset): void;
  /** Numbers by name; fractions, not percent, where `units` says nothing. */
  evaluate(request: EvaluationRequest): Promise<Named<number>>;
}
export const EVALUATOR = token<Evaluator>('evaluator');
