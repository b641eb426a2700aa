import { HEAD, parameterCount, seedOf, type Backbone, type Registry } from '@understory/core';

/** A head as it would hang on a backbone. */
export interface HeadRow {
  readonly tap: string;
  readonly head: string;
  /** Width of the vector that it gives. */
  readonly width: number;
  readonly parameters: number;
}

/** Heads of one kind on every tap but the last: where contrastive deep supervision hangs them. */
export const headRows = (
  registry: Registry,
  { model, taps, features }: Backbone,
  head: string,
): HeadRow[] => {
  const make = registry.make(HEAD, head);
  return taps.slice(0, -1).map(({ name }, i) => {
    const [, h, w, c] = model.outputs[i]!.shape as [null, number, number, number];
    const made = make({ name, towards: taps.slice(i), shape: [h, w, c], features, seed: seedOf(0) });
    const row = { tap: name, head, width: made.outputs[0]!.shape[1]!, parameters: parameterCount(made) };
    made.dispose();
    return row;
  });
};
