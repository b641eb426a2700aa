import { pca2 } from './pca.ts';
import { squaredDistances, type Rows } from './rows.ts';

/** Number of neighbours that a point tries to stay near to, roughly. */
const PERPLEXITY = 30;
const ITERATIONS = 300;
/** The first part of them, in which attraction is stronger, and how much. */
const EARLY = 80;
const EXAGGERATION = 12;
const WIDEST_GUESS = 1e4;

/** Fills `row` with exp(−β·distance) from point i to the others → its sum, and the entropy of the row over that sum. */
const gaussianRow = (
  distances: Float64Array,
  i: number,
  beta: number,
  row: Float64Array,
): [number, number] => {
  let sum = 0;
  let weighted = 0;
  for (let j = 0; j < row.length; j++) {
    const p = j === i ? 0 : Math.exp(-beta * distances[j]!);
    row[j] = p;
    sum += p;
    weighted += p * distances[j]!;
  }
  return [sum, Math.log(sum) + (beta * weighted) / sum];
};

/** Fills row i of P with the neighbour probabilities of point i → the β that was found, by bisection from `guess`. */
const neighbourProbabilities = (
  distances: Float64Array,
  row: Float64Array,
  i: number,
  { entropy, guess }: { readonly entropy: number; readonly guess: number },
): number => {
  // Measured from the nearest one, so that no row vanishes.
  const near = distances.reduce((a, x, j) => (j !== i && x < a ? x : a), Infinity);
  const beyond = distances.map((x) => x - near);
  let [low, high, beta] = [0, Infinity, guess];
  for (let t = 0; t < 50; t++) {
    const [sum, h] = gaussianRow(beyond, i, beta, row);
    for (let j = 0; j < row.length; j++) row[j] = row[j]! / sum;
    if (Math.abs(h - entropy) < 1e-3) break;
    if (h > entropy) low = beta;
    else high = beta;
    beta = high === Infinity ? beta * 2 : (low + high) / 2;
  }
  // Where all others are equally near no width is the right one; the next row begins afresh.
  return Math.min(beta, WIDEST_GUESS);
};

/** Symmetric neighbour probabilities of the pairs j < i, row after row; over all ordered pairs they sum to 1. */
const affinities = (rows: Rows): Float64Array => {
  const { n } = rows;
  const distances = squaredDistances(rows);
  const entropy = Math.log(Math.max(1.5, Math.min(PERPLEXITY, (n - 1) / 3)));
  const p = new Float64Array(n * n);
  let guess = 1;
  for (let i = 0; i < n; i++) {
    const at = [i * n, (i + 1) * n] as const;
    guess = neighbourProbabilities(distances.subarray(...at), p.subarray(...at), i, { entropy, guess });
  }
  const out = new Float64Array((n * (n - 1)) / 2);
  for (let i = 1, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++, at++) out[at] = Math.max(1e-12, (p[i * n + j]! + p[j * n + i]!) / (2 * n));
  }
  return out;
};

/** Values of pairs j < i, row after row, and the gradient [n · 2]. */
interface Workspace {
  readonly n: number;
  readonly p: Float64Array;
  readonly kernel: Float64Array;
  readonly gradient: Float64Array;
}

/** Student-t kernel of each pair into `kernel` → its sum over all ordered pairs. */
const fillKernel = ({ n, kernel }: Workspace, y: Float64Array): number => {
  let total = 0;
  for (let i = 1, at = 0; i < n; i++) {
    const x0 = y[2 * i]!;
    const y0 = y[2 * i + 1]!;
    for (let j = 0; j < i; j++, at++) {
      const dx = x0 - y[2 * j]!;
      const dy = y0 - y[2 * j + 1]!;
      const q = 1 / (1 + dx * dx + dy * dy);
      kernel[at] = q;
      total += q;
    }
  }
  return 2 * total;
};

/** Gradient of the Kullback-Leibler divergence (van der Maaten & Hinton 2008, eq. 5) into `gradient`. */
const fillGradient = (work: Workspace, y: Float64Array, exaggeration: number): void => {
  const { n, p, kernel, gradient } = work;
  const share = 1 / fillKernel(work, y);
  gradient.fill(0);
  for (let i = 1, at = 0; i < n; i++) {
    const x0 = y[2 * i]!;
    const y0 = y[2 * i + 1]!;
    let [gx, gy] = [0, 0];
    for (let j = 0; j < i; j++, at++) {
      const q = kernel[at]!;
      const force = 4 * (exaggeration * p[at]! - q * share) * q;
      const dx = force * (x0 - y[2 * j]!);
      const dy = force * (y0 - y[2 * j + 1]!);
      gx += dx;
      gy += dy;
      gradient[2 * j] = gradient[2 * j]! - dx;
      gradient[2 * j + 1] = gradient[2 * j + 1]! - dy;
    }
    gradient[2 * i]! += gx;
    gradient[2 * i + 1]! += gy;
  }
};

/** PCA, scaled to a spread of 1e-4, as Kobak & Berens 2019 advise: the same data always gives the same picture. */
const startingPoints = (rows: Rows): Float64Array => {
  const y = pca2(rows);
  const spread = Math.sqrt(y.reduce((sum, v, i) => sum + (i % 2 === 0 ? v * v : 0), 0) / rows.n) || 1;
  // The tiny turn keeps points that are equal from staying on top of each other for ever.
  return y.map((v, i) => (v / spread) * 1e-4 + 1e-6 * Math.sin(i + 1));
};

/** t-SNE of rows to the plane (van der Maaten & Hinton 2008), exact → [n · 2]. Deterministic. */
export const tsne = (rows: Rows): Float64Array => {
  const { n } = rows;
  const y = startingPoints(rows);
  if (n < 4) return y;
  const p = affinities(rows);
  const work: Workspace = { n, p, kernel: new Float64Array(p.length), gradient: new Float64Array(2 * n) };
  const rate = Math.max(50, n / EXAGGERATION);
  const velocity = new Float64Array(2 * n);
  const gain = new Float64Array(2 * n).fill(1);
  for (let t = 0; t < ITERATIONS; t++) {
    fillGradient(work, y, t < EARLY ? EXAGGERATION : 1);
    const momentum = t < EARLY ? 0.5 : 0.8;
    work.gradient.forEach((g, i) => {
      gain[i] = Math.max(0.01, g > 0 === velocity[i]! > 0 ? gain[i]! * 0.8 : gain[i]! + 0.2);
      velocity[i] = momentum * velocity[i]! - rate * gain[i] * g;
      y[i]! += velocity[i];
    });
  }
  return y;
};
