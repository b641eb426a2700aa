import { UnderstoryError } from '@understory/core';
import { eachNearest, type Neighbour } from '../knn/eachNearest.ts';
import type { Matrix } from '../matrix.ts';

/** How well images find others of their class. Fractions; NaN where no query has a partner. */
export interface RetrievalNumbers {
  /** Samples that another one shares its class with; the others are left out. */
  readonly queries: number;
  /** For each rank k the share of queries with a partner among the k nearest. */
  readonly recall: ReadonlyMap<number, number>;
  /** Mean share of partners among the R nearest, R being how many partners there are. */
  readonly rPrecision: number;
  /** Mean over queries of (1 / R) · Σ precision at each partner's rank, up to R (Musgrave et al. 2020). */
  readonly mapAtR: number;
}

export interface RetrievalRequest {
  /** Ranks k of recall. */
  readonly ranks: readonly number[];
  readonly onProgress?: (done: number, total: number) => void;
}

const check = ({ rows }: Matrix, labels: Int32Array, ranks: readonly number[]): void => {
  if (labels.length !== rows)
    throw new UnderstoryError(
      'bad-shape',
      `labels [${labels.length}] do not fit ${rows} embeddings. Give one for each.`,
    );
  const wrong = labels.findIndex((label) => label < 0);
  if (wrong >= 0)
    throw new UnderstoryError('bad-label', `Row ${wrong} has label ${labels[wrong]!}; labels go from 0.`);
  const odd = ranks.find((rank) => !Number.isInteger(rank) || rank < 1 || rank >= rows);
  if (odd !== undefined)
    throw new UnderstoryError(
      'bad-option',
      `Rank ${odd} of recall is asked for, and a query has ${Math.max(0, rows - 1)} others to find. Give ranks from 1 to that.`,
    );
};

/** Right shares of a query's R nearest, and their average precision. */
const upToR = (hits: readonly boolean[], partners: number): readonly [share: number, average: number] => {
  let [right, sum] = [0, 0];
  hits.slice(0, partners).forEach((hit, i) => {
    if (!hit) return;
    right += 1;
    sum += right / (i + 1);
  });
  return [right / partners, sum / partners];
};

/**
 * Each sample as a query among all others, nearest by cosine, equal ones by position. `embeddings` [N, D], `labels` [N]. Recall at k
 * is the share of queries that find at least one partner, not the share of partners that are found. Errors: `bad-shape`,
 * `bad-label`, `bad-option` (a rank beyond the others), `not-finite`.
 */
export const retrievalNumbers = async (
  embeddings: Matrix,
  labels: Int32Array,
  { ranks, onProgress }: RetrievalRequest,
): Promise<RetrievalNumbers> => {
  check(embeddings, labels, ranks);
  const sizes = new Map<number, number>();
  labels.forEach((label) => sizes.set(label, (sizes.get(label) ?? 0) + 1));
  const partners = labels.map((label) => (sizes.get(label) ?? 1) - 1);
  const deepest = Math.max(0, ...ranks);
  const [found, totals] = [ranks.map(() => 0), { queries: 0, precision: 0, average: 0 }];
  const onFound = (query: number, nearest: readonly Neighbour[]): void => {
    const others = partners[query]!;
    if (others === 0) return;
    const hits = nearest.map(({ row }) => labels[row] === labels[query]);
    const first = hits.indexOf(true);
    ranks.forEach((rank, i) => (found[i]! += first >= 0 && first < rank ? 1 : 0));
    const [share, average] = upToR(hits, others);
    totals.queries += 1;
    totals.precision += share;
    totals.average += average;
  };
  const depths = partners.map((others) => (others === 0 ? 0 : Math.max(others, deepest)));
  const exclude = labels.map((_, i) => i);
  await eachNearest(embeddings, embeddings, depths, { exclude, onFound, ...(onProgress && { onProgress }) });
  const { queries, precision, average } = totals;
  return {
    queries,
    recall: new Map(ranks.map((rank, i) => [rank, found[i]! / queries])),
    rPrecision: precision / queries,
    mapAtR: average / queries,
  };
};
