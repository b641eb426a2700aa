/** Points of a curve: more would not be seen, and would make the page heavy. */
const POINTS = 120;

/** A place, a value there, and what both stand for where they are means of several steps. */
export type Point = readonly [x: number, y: number, over?: string];

/** A value at a step; of a run that was sampled, the mean of steps up to `last`. */
export type Told = readonly [step: number, value: number, last?: number];

const overText = (first: number, last: number): string =>
  first === last ? `step ${first}` : `steps ${first} to ${last}`;

/** Means over runs of neighbouring points, so that at most `POINTS` are left. */
export const thin = (points: readonly Told[]): Point[] => {
  const size = Math.max(1, Math.ceil(points.length / POINTS));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, k): Point => {
    const part = points.slice(k * size, (k + 1) * size);
    const finite = part.filter((p) => Number.isFinite(p[1]));
    const [from, to] = [part[0]![0], part.at(-1)![2] ?? part.at(-1)![0]];
    const mean = finite.reduce((sum, p) => sum + p[1], 0) / finite.length;
    return [(from + to) / 2, finite.length === 0 ? NaN : mean, overText(from, to)];
  });
};
