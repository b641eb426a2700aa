import { token } from '../plugin.ts';

/** What a network said of a whole split, in inference mode. */
export interface Predictions {
  readonly classes: number;
  /** [N · C], row-major. */
  readonly logits: Float32Array;
  /** [N] */
  readonly labels: Int32Array;
}

/** Numbers computed from predictions, by name: `{ accuracy: 0.65 }`; fractions, not percent. */
export interface Metric {
  readonly name: string;
  /** Whether more is better, for each number. */
  readonly goal: 'max' | 'min';
  evaluate(predictions: Predictions): Readonly<Record<string, number>>;
}
export const METRIC = token<Metric>('metric');
