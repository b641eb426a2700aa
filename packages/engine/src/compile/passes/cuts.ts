import { elementsIn, type GraphNode, type Value } from '../graph/value.ts';
import type { Passage } from '../trace/passages.ts';
import type { Rewriting } from './rewriting.ts';

/** Smaller ranks are statistics and embeddings: they take no room. */
const RANK_OF_MAPS = 3;

export const isMap = ({ shape }: Value): boolean => shape !== null && shape.length >= RANK_OF_MAPS;

const sizeOf = ({ shape }: Value): number => elementsIn(shape ?? []);

/** A map through which all goes that comes after it, and which the way back takes: others would be held for nothing. */
export interface Cut {
  readonly map: Value;
  /** Its own numbers. */
  readonly size: number;
  /** Numbers of the maps that the way back takes from between the cut before it and this one. */
  readonly inside: number;
}

/** How a backbone's maps are computed, within a program. */
export interface ForwardPass {
  readonly images: Value;
  /** All that the loss is computed from. */
  readonly forward: ReadonlySet<GraphNode>;
  /** What the backbone computes of its images, in order. */
  readonly inside: readonly GraphNode[];
}

export const forwardPassOf = (
  { images, ends, loss }: Passage,
  rewriting: Rewriting,
): ForwardPass | undefined => {
  const [from, last] = [rewriting.resolve(images), rewriting.resolve(loss)];
  const forward = rewriting.ancestorsOf(last);
  const end = ends.map((value) => rewriting.resolve(value)).find(({ node }) => forward.has(node));
  return end && { images: from, forward, inside: rewriting.between(from, end) };
};

/** Values that the way back takes. */
const takenBack = ({ forward }: ForwardPass, rewriting: Rewriting): Set<Value> =>
  new Set(rewriting.nodes().flatMap((node) => (forward.has(node) ? [] : rewriting.inputsOf(node))));

/** How many nodes inside take each value. */
const takersInside = ({ inside }: ForwardPass, rewriting: Rewriting): Map<Value, number> => {
  const counts = new Map<Value, number>();
  for (const node of inside)
    for (const value of rewriting.inputsOf(node)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** The cuts of a backbone's pass, in order. */
export const cutsOf = (pass: ForwardPass, rewriting: Rewriting): Cut[] => {
  const taken = takenBack(pass, rewriting);
  const waiting = takersInside(pass, rewriting);
  const cuts: Cut[] = [];
  const live = new Set([pass.images]);
  let inside = 0;
  for (const node of pass.inside) {
    for (const value of rewriting.inputsOf(node)) {
      const left = (waiting.get(value) ?? 0) - 1;
      waiting.set(value, left);
      if (left === 0) live.delete(value);
    }
    const maps = node.outputs.filter(isMap);
    for (const map of maps) if (waiting.has(map)) live.add(map);
    const size = maps.filter((map) => taken.has(map)).reduce((sum, map) => sum + sizeOf(map), 0);
    const [only, ...others] = live;
    if (only?.node === node && others.length === 0 && taken.has(only)) {
      cuts.push({ map: only, size, inside });
      inside = 0;
    } else inside += size;
  }
  return cuts;
};

/** Numbers between each two cuts, those of the cuts themselves left out; before the first one (−1), and behind the last. */
const betweenOf = (cuts: readonly Cut[]): ((after: number, before: number) => number) => {
  const sums = [0];
  for (const { size, inside } of cuts) sums.push((sums.at(-1) ?? 0) + size + inside);
  return (after, before) => (sums[before] ?? 0) - (sums[after + 1] ?? 0) + (cuts[before]?.inside ?? 0);
};

/** Cuts that are held, and how many numbers their maps have. */
interface Held {
  readonly cuts: readonly Cut[];
  readonly size: number;
}

/** The least to hold so that nowhere more than `room` lies between two of them. */
const leastWithin = (
  cuts: readonly Cut[],
  between: ReturnType<typeof betweenOf>,
  room: number,
): Held | undefined => {
  const best: (Held | undefined)[] = []; // where a cut is the last that is held
  for (let at = 0; at <= cuts.length; at++) {
    const cut = cuts.slice(at, at + 1);
    for (let before = -1; before < at; before++) {
      const held = before < 0 ? { cuts: [], size: 0 } : best[before];
      if (!held || between(before, at) > room) continue;
      const size = held.size + (cut[0]?.size ?? 0);
      if (size < (best[at]?.size ?? Infinity)) best[at] = { cuts: [...held.cuts, ...cut], size };
    }
  }
  return best[cuts.length];
};

/** The maps to hold so that memory is least: those, and what lies between two of them. */
export const cheapest = (cuts: readonly Cut[]): readonly Value[] => {
  const between = betweenOf(cuts);
  const rooms = new Set(
    cuts.flatMap((_, i) =>
      cuts.slice(i).flatMap((__, j) => [between(i - 1, i + j), between(i - 1, i + j + 1)]),
    ),
  );
  let [least, maps]: [number, readonly Value[]] = [Infinity, []];
  for (const room of rooms) {
    const held = leastWithin(cuts, between, room);
    if (held && held.size + room < least) [least, maps] = [held.size + room, held.cuts.map(({ map }) => map)];
  }
  return maps;
};
