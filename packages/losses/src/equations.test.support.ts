import { dot, unit } from './golden.test.support.ts';

// The losses as their papers write them: loops over plain numbers in float64.

type Rows = number[][];
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const halves = (rows: Rows): [Rows, Rows] => [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)];
const between = (a: number[], b: number[]): number => Math.hypot(...a.map((v, i) => v - b[i]!));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const infoNceEquation = (x: Rows, temperature: number): number => {
  const [a, b] = halves(unit(x));
  const one = (p: Rows, q: Rows): number =>
    mean(
      p.map(
        (row, i) =>
          -Math.log(
            Math.exp(dot(row, q[i]!) / temperature) / sum(q.map((o) => Math.exp(dot(row, o) / temperature))),
          ),
      ),
    );
  return (one(a, b) + one(b, a)) / 2;
};

/** `weigh` gives the weight of a sample's positive term from all samples' cosines. */
export const dclEquation = (
  x: Rows,
  temperature: number,
  weigh: (cosines: number[], i: number) => number = () => 1,
): number => {
  const z = unit(x);
  const n = z.length / 2;
  const cosines = range(n).map((i) => dot(z[i]!, z[i + n]!));
  const terms = z.map((row, i) => {
    const negatives = z.filter((_, k) => k % n !== i % n).map((o) => Math.exp(dot(row, o) / temperature));
    return Math.log(sum(negatives)) - (weigh(cosines, i % n) * cosines[i % n]!) / temperature;
  });
  return mean(terms);
};

export const mocoEquation = (query: Rows, key: Rows, queue: Rows, temperature: number): number => {
  const [q, k, old] = [unit(query), unit(key), unit(queue)];
  const terms = q.map((row, i) => {
    const own = Math.exp(dot(row, k[i]!) / temperature);
    return -Math.log(own / (own + sum(old.map((o) => Math.exp(dot(row, o) / temperature)))));
  });
  return mean(terms);
};

export const tripletEquation = (a: Rows, p: Rows, n: Rows, margin: number): number => {
  const shifted = (row: number[], other: number[]): number =>
    Math.hypot(...row.map((v, j) => v - other[j]! + 1e-6));
  return mean(a.map((row, i) => Math.max(0, shifted(row, p[i]!) - shifted(row, n[i]!) + margin)));
};

/** For each anchor the hinges that the miner chooses. */
export const minedEquation = (
  x: Rows,
  labels: number[],
  margin: number,
  miner: 'hard' | 'semi-hard' | 'all',
): number => {
  const z = unit(x);
  const hinges: number[] = [];
  for (const [i, row] of z.entries()) {
    const positives = z.filter((_, j) => j !== i && labels[j] === labels[i]).map((o) => between(row, o));
    const negatives = z.filter((_, j) => labels[j] !== labels[i]).map((o) => between(row, o));
    if (positives.length === 0 || negatives.length === 0) continue;
    if (miner === 'hard') hinges.push(Math.max(0, Math.max(...positives) - Math.min(...negatives) + margin));
    else
      for (const p of positives) {
        const farther = negatives.filter((n) => n > p);
        const chosen = farther.length > 0 ? Math.min(...farther) : Math.max(...negatives);
        if (miner === 'semi-hard') hinges.push(Math.max(0, p - chosen + margin));
        else hinges.push(...negatives.map((n) => p - n + margin).filter((h) => h > 0));
      }
  }
  return hinges.length === 0 ? 0 : mean(hinges);
};

export const byolEquation = (predictions: Rows, targets: Rows): number => {
  const [p, t] = [halves(unit(predictions)), halves(unit(targets))];
  return (
    mean(p[0].map((row, i) => 2 - 2 * dot(row, t[1][i]!))) +
    mean(p[1].map((row, i) => 2 - 2 * dot(row, t[0][i]!)))
  );
};

export const simSiamEquation = (predictions: Rows, targets: Rows): number => {
  const [p, t] = [halves(unit(predictions)), halves(unit(targets))];
  return (
    (-mean(p[0].map((row, i) => dot(row, t[1][i]!))) - mean(p[1].map((row, i) => dot(row, t[0][i]!)))) / 2
  );
};

const columnsOf = (x: Rows): number[][] => range(x[0]!.length).map((j) => x.map((row) => row[j]!));
const variance = (column: number[], divisor: number): number =>
  sum(column.map((v) => (v - mean(column)) ** 2)) / divisor;

export const barlowEquation = (x: Rows, offDiagonal: number): number => {
  const standard = (half: Rows): number[][] =>
    columnsOf(half).map((c) => c.map((v) => (v - mean(c)) / Math.sqrt(variance(c, c.length) + 1e-5)));
  const [a, b] = halves(x).map(standard) as [number[][], number[][]];
  let total = 0;
  for (const [i, p] of a.entries())
    for (const [j, q] of b.entries()) {
      const correlation = dot(p, q) / p.length;
      total += i === j ? (correlation - 1) ** 2 : offDiagonal * correlation ** 2;
    }
  return total;
};

export const vicRegEquation = (
  x: Rows,
  [invariance, hinge, covariance]: [number, number, number],
): number => {
  const [a, b] = halves(x);
  let total = invariance * mean(a.flatMap((row, i) => row.map((v, j) => (v - b[i]![j]!) ** 2)));
  for (const columns of [columnsOf(a), columnsOf(b)]) {
    const divisor = columns[0]!.length - 1;
    total += (hinge / 2) * mean(columns.map((c) => Math.max(0, 1 - Math.sqrt(variance(c, divisor) + 1e-4))));
    for (const [i, p] of columns.entries())
      for (const [j, q] of columns.entries()) {
        if (i === j) continue;
        const c = sum(p.map((v, k) => (v - mean(p)) * (q[k]! - mean(q)))) / divisor;
        total += (covariance * c ** 2) / columns.length;
      }
  }
  return total;
};

/** Sinkhorn-Knopp on probabilities: prototypes equally used, then each sample's row a distribution. */
export const sinkhornEquation = (scores: Rows, epsilon: number, iterations: number): Rows => {
  let q = scores.map((row) => row.map((v) => Math.exp(v / epsilon)));
  for (let i = 0; i < iterations; i++) {
    const used = columnsOf(q).map((c) => sum(c));
    q = q.map((row) => row.map((v, j) => v / used[j]!));
    q = q.map((row) => row.map((v) => v / sum(row)));
  }
  return q;
};

const softmax = (row: number[]): number[] => row.map((v) => Math.exp(v) / sum(row.map(Math.exp)));

export const swavEquation = (scores: Rows, codes: [Rows, Rows], temperature: number): number => {
  const one = (rows: Rows, targets: Rows): number =>
    mean(
      rows.map(
        (row, i) =>
          -sum(softmax(row.map((v) => v / temperature)).map((p, k) => targets[i]![k]! * Math.log(p))),
      ),
    );
  const [a, b] = halves(scores);
  return (one(a, codes[1]) + one(b, codes[0])) / 2;
};

export const crossEntropyEquation = (logits: Rows, labels: number[], smoothing: number): number => {
  const target = (i: number, c: number): number =>
    (labels[i] === c ? 1 - smoothing : 0) + smoothing / logits[0]!.length;
  return mean(logits.map((row, i) => -sum(softmax(row).map((p, c) => target(i, c) * Math.log(p)))));
};

export const focalEquation = (logits: Rows, labels: number[], alpha: number, gamma: number): number => {
  const term = (x: number, yes: boolean): number => {
    const p = 1 / (1 + Math.exp(-x));
    return yes ? -alpha * (1 - p) ** gamma * Math.log(p) : -(1 - alpha) * p ** gamma * Math.log(1 - p);
  };
  return mean(logits.map((row, i) => sum(row.map((x, c) => term(x, labels[i] === c)))));
};
