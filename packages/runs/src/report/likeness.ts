import type { NdArray } from '@understory/core';
import { inTurns, matrixOf, unbiasedCka, type Matrix } from '@understory/evaluators';
import type { ReportMethod, StageEmbedding } from '@understory/report';

/** Fewest images of which the unbiased estimate says anything. */
const LEAST = 4;

/** Undefined where a number is not finite, or there are too few rows. */
const matrix = ({ data, shape }: NdArray): Matrix | undefined => {
  const [rows = 0, columns = 0] = shape;
  if (rows < LEAST || !data.every(Number.isFinite)) return undefined;
  return matrixOf(Float64Array.from(data), rows, columns);
};

/** CKA of stages with the first method's of the same name. */
const likenessTo = async (
  first: readonly StageEmbedding[],
  own: readonly StageEmbedding[],
): Promise<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (const { stage, values } of own) {
    const other = first.find((embedding) => embedding.stage === stage);
    const [x, y] = [other && matrix(other.values), matrix(values)];
    const cka = x && y ? await inTurns(unbiasedCka(x, y)) : NaN;
    if (Number.isFinite(cka)) found[stage] = cka;
  }
  return found;
};

/**
 * Methods, those after the first one with how alike their stages are to its, of the images that all of them embedded; as they
 * are where no run measured its stages.
 */
export const withLikeness = async (methods: readonly ReportMethod[]): Promise<readonly ReportMethod[]> => {
  const [first, ...others] = methods;
  if (!first || methods.every(({ depth }) => !depth)) return methods;
  const made: ReportMethod[] = [first];
  for (const method of others) {
    const likeness = await likenessTo(first.embeddings ?? [], method.embeddings ?? []);
    made.push(Object.keys(likeness).length > 0 ? { ...method, likeness } : method);
  }
  return made;
};
