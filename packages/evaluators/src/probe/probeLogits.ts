import { turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import type { Probe } from './fitProbe.ts';
import { tilesOf } from './tiles.ts';

/** What a probe says of embeddings [N, D]: logits [N · C], row-major. Errors: `bad-shape`. */
export const probeLogits = async (
  { weights, bias, classes, ...scale }: Probe,
  features: Matrix,
): Promise<Float64Array> => {
  const { rows, columns } = features;
  if (weights.length !== columns * classes)
    throw new UnderstoryError(
      'bad-shape',
      `A probe of ${weights.length / classes} columns does not fit features [${rows}, ${columns}]. Give it the output that it learned from.`,
    );
  const logits = new Float64Array(rows * classes);
  if (rows === 0) return logits;
  const [{ tiles }, pause] = [tilesOf(features, scale, classes), turns()];
  try {
    for (const tile of tiles) {
      logits.set(
        Float64Array.from(await tile.logits(weights), (value, i) => value + bias[i % classes]!),
        tile.from * classes,
      );
      await pause();
    }
  } finally {
    tiles.forEach((tile) => tile.dispose());
  }
  return logits;
};
