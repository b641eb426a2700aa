import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { addConvolution, convolutionOf, type OwnConvolution } from '../graph/ownConvolution.ts';
import { inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import { summedAxes } from '../rewrites/sums.ts';
import { SUMS } from './consumers.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/**
 * The maps of a pyramid, all of different sizes, that go through one filter, in one op: the filter is transformed once, and so
 * is the sum of its gradients; that of its bias comes along. Maps of one size are parts of a batch, which somebody has cut up
 * to spare memory.
 */
export const shareFilters: Pass = (rewriting, draft) => {
  joinFilterGradients(rewriting, draft);
  const groups = new Map<string, Member[]>();
  for (const node of rewriting.nodes()) {
    const of = convolutionOf(node, (value) => rewriting.resolve(value));
    if (!of || of.op === 'UnderstoryConvFilterGrad') continue;
    // A second map of a size begins a second pyramid, such as that of another part of a batch.
    let round = 0;
    while (groups.get(keyOf(of, round))?.some((other) => sizeOf(other.of) === sizeOf(of))) round += 1;
    const key = keyOf(of, round);
    groups.set(key, [...(groups.get(key) ?? []), { node, of }]);
  }
  for (const members of groups.values()) {
    const now = members.map(({ node, of }) => ({
      node,
      of: convolutionOf(node, (value) => rewriting.resolve(value)) ?? of,
    }));
    if (isPyramid(now) && areIndependent(now, rewriting)) join(now, rewriting, draft);
  }
};

interface Member {
  readonly node: GraphNode;
  readonly of: OwnConvolution;
}

/** All that convolutions must have in common. */
const keyOf = (
  { op, stride, filter, scale, bias, sides, gates, ceiling, maps }: OwnConvolution,
  round: number,
): string => {
  const ids = [filter, scale, bias].map((value) => value?.id);
  return [op, stride, ...ids, sides.length, gates.length, ceiling, maps[0]?.dtype, round].join();
};

const sizeOf = ({ maps }: OwnConvolution): string =>
  maps.map((map) => shapeOf(map).slice(1, 3).join()).join(';');

const isPyramid = (members: readonly Member[]): boolean =>
  members.length > 1 &&
  members.every(({ of }) => of.maps.length === 1) &&
  new Set(members.map(({ of }) => sizeOf(of))).size === members.length;

/** Whether no member needs what another one gives. */
const areIndependent = (members: readonly Member[], rewriting: Rewriting): boolean => {
  const nodes = new Set(members.map(({ node }) => node));
  const seen = new Set<GraphNode>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    for (const input of node.inputs) {
      const before = rewriting.resolve(input).node;
      if (nodes.has(before)) return false;
      if (!seen.has(before)) waiting.push(before);
      seen.add(before);
    }
  }
  return true;
};

const together = (all: readonly OwnConvolution[], first: OwnConvolution): OwnConvolution => ({
  ...first,
  maps: all.flatMap(({ maps }) => maps),
  dys: all.flatMap(({ dys }) => dys),
  sides: all.flatMap(({ sides }) => sides),
  gates: all.flatMap(({ gates }) => gates),
});

const join = (members: readonly Member[], rewriting: Rewriting, draft: GraphBuilder): void => {
  const all = members.map(({ of }) => of);
  const [first] = all;
  if (!first) return;
  const made = addConvolution(draft, {
    ...together(all, first),
    shapes: all.flatMap(({ shapes }) => shapes),
  });
  for (const [i, { node }] of members.entries()) rewriting.replace(outputAt(node, 0), outputAt(made, i));
};

/** The values that are added up to `root`, where nobody else takes any of them or of the sums between. */
const termsOf = (root: GraphNode, uses: ReadonlyMap<Value, number>, rewriting: Rewriting): Value[] =>
  root.inputs.flatMap((input) => {
    const value = rewriting.resolve(input);
    if (uses.get(value) !== 1) return [value];
    return SUMS.includes(value.node.op) ? termsOf(value.node, uses, rewriting) : [value];
  });

const joinFilterGradients = (rewriting: Rewriting, draft: GraphBuilder): void => {
  const uses = rewriting.uses();
  const resolve = (value: Value): Value => rewriting.resolve(value);
  const inner = new Set<GraphNode>();
  const filters: { readonly root: GraphNode; readonly members: readonly Member[] }[] = [];
  const biases = new Map<string, Value>();
  for (const root of rewriting.nodes().reverse()) {
    if (!SUMS.includes(root.op) || inner.has(root)) continue;
    const terms = termsOf(root, uses, rewriting);
    for (const input of root.inputs) markInner(resolve(input), uses, inner, rewriting);
    if (terms.some((term) => uses.get(term) !== 1)) continue;
    const members = terms.flatMap(({ node }) => {
      const of = convolutionOf(node, resolve);
      return of?.op === 'UnderstoryConvFilterGrad' ? [{ node, of }] : [];
    });
    const summed = terms.flatMap((term) => summedBy(term, rewriting, draft) ?? []);
    if (members.length === terms.length && canJoin(members)) filters.push({ root, members });
    else if (summed.length === terms.length) biases.set(idsOf(summed), outputAt(root, 0));
  }
  for (const { root, members } of filters) {
    const all = members.map(({ of }) => of);
    const [first] = all;
    if (!first) continue;
    const joined = together(all, first);
    const bias = biases.get(idsOf(joined.dys));
    const channels = first.shapes[0]?.[3] ?? 0;
    const shapes = [first.shapes[0] ?? [], [bias ? channels : 0]];
    const made = addConvolution(draft, { ...joined, sums: bias !== undefined, shapes });
    rewriting.replace(outputAt(root, 0), outputAt(made, 0));
    if (bias) rewriting.replace(bias, outputAt(made, 1));
  }
};

const canJoin = (members: readonly Member[]): boolean => {
  const kinds = members.map(({ of }) =>
    [of.stride, of.shapes[0]?.join(), of.scale?.id, of.maps[0]?.dtype, of.dys[0]?.dtype].join(),
  );
  return isPyramid(members) && new Set(kinds).size === 1;
};

const markInner = (
  value: Value,
  uses: ReadonlyMap<Value, number>,
  inner: Set<GraphNode>,
  rewriting: Rewriting,
): void => {
  if (uses.get(value) !== 1 || !SUMS.includes(value.node.op)) return;
  inner.add(value.node);
  for (const input of value.node.inputs) markInner(rewriting.resolve(input), uses, inner, rewriting);
};

const idsOf = (values: readonly Value[]): string =>
  values
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .join();

/** The map [n, h, w, c] that a value is the sum of, for each channel; null for any other value. */
const summedBy = ({ node }: Value, rewriting: Rewriting, draft: GraphBuilder): Value | null => {
  if (node.op !== 'UnderstoryColumnSum' && summedAxes(node, draft)?.join() !== '0,1,2') return null;
  const map = rewriting.resolve(inputAt(node, 0));
  if (map.shape?.length !== 4) return null;
  // Sums are taken in float32.
  return map.node.op === 'Cast' ? rewriting.resolve(inputAt(map.node, 0)) : map;
};
