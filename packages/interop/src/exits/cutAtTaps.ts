import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layersBefore, type Backbone } from '@understory/core';

/** Tensors that were made again, by the number of the one that they stand for. */
type Made = Map<number, SymbolicTensor>;

/** Calls the layers that lead to a tensor once more, from tensors that are there: another path with the same weights. */
const again = (x: SymbolicTensor, made: Made): SymbolicTensor => {
  const known = made.get(x.id);
  if (known) return known;
  const from = x.inputs.map((one) => again(one, made));
  const given = x.sourceLayer.apply(from.length === 1 ? from[0]! : from, x.callArgs);
  const out = ([given].flat() as SymbolicTensor[])[x.outputTensorIndex ?? 0]!;
  made.set(x.id, out);
  return out;
};

/** What is made up to a tap, and is needed for what comes after it: in most families the tap's map alone. */
const carriedOver = (later: readonly SymbolicTensor[], tap: SymbolicTensor): SymbolicTensor[] => {
  const [before, found, seen] = [layersBefore(tap), new Set<SymbolicTensor>(), new Set<number>()];
  const walk = (x: SymbolicTensor): void => {
    if (seen.has(x.id)) return;
    seen.add(x.id);
    if (before.has(x.sourceLayer)) found.add(x);
    else x.inputs.forEach(walk);
  };
  later.forEach(walk);
  return [...found];
};

/** What ends a part. */
export interface PartEnd {
  readonly name: string;
  /** From the tap's map [B, h, w, c] to what the part gives; in the last one also from the backbone's logits [B, C]. */
  readonly end: (map: SymbolicTensor, logits?: SymbolicTensor) => readonly SymbolicTensor[];
}

/** Images as the first part takes them. */
export interface PartImages {
  readonly size: readonly [number, number];
  readonly first: (pixels: SymbolicTensor) => SymbolicTensor;
}

const withoutBatch = ({ shape }: SymbolicTensor): number[] => shape.slice(1).map((side) => side ?? 0);

/**
 * A classifier cut at its taps into models that run one after the other: images, or what the part before carries over → […what `end`
 * makes, …what is carried over to the next part]. Layers and weights are the backbone's own. There is an end for each tap; the
 * logits belong to the last one. The first part takes images of `size`, of which `first` makes the backbone's.
 */
export const cutAtTaps = (
  { model: whole, taps }: Backbone,
  ends: readonly PartEnd[],
  { size, first }: PartImages,
): LayersModel[] => {
  const maps = whole.outputs.slice(0, taps.length);
  const logits = whole.outputs.at(-1)!;
  let carried: readonly SymbolicTensor[] = whole.inputs;
  return ends.map(({ name, end }, i) => {
    const inputs = carried.map((x, j) => {
      if (i === 0) return input({ shape: [...size, 3], name: 'pixels' });
      return input({ shape: withoutBatch(x), name: `${name}/exit/state${j + 1}` });
    });
    const made: Made = new Map(
      carried.map((x, j) => [x.id, i === 0 ? first(inputs[j]!) : inputs[j]!] as const),
    );
    const map = maps[i]!;
    const isLast = i === maps.length - 1;
    const out = end(again(map, made), isLast ? again(logits, made) : undefined);
    carried = isLast ? [] : carriedOver([...maps.slice(i + 1), logits], map);
    return model({ name, inputs, outputs: [...out, ...carried.map((x) => again(x, made))] });
  });
};
