import type { NdArray, NdArrays } from '@understory/core';
import type { LeftOut } from '../weights/weights.ts';
import { OWN_NAMES, type NameTable } from '../names/nameTable.ts';
import { isFaulty, mismatch, type Complaint } from './mismatch.ts';
import { pairsOf, unnamedOf } from './pairs.ts';
import { prefixOf } from './prefix.ts';
import type { Slot } from './slots.ts';

export interface MatchOptions {
  /** What stands before the names in the file; found by itself where nothing is said. */
  readonly prefix?: string;
  /** Layers that keep their values, by the beginning of their name: `['classifier']` for other classes, or another head. */
  readonly skip?: readonly string[];
  /** Names in the file, without the prefix, that may have no counterpart here. */
  readonly ignore?: RegExp;
  /** Lets the file hold modules besides the network's own: heads, queues. */
  readonly others?: boolean;
  /** What `readWeights` could not read of the file: a weight that is among it is named with the reason. */
  readonly leftOut?: readonly LeftOut[];
  /** What the error advises, in words of the one who asked. */
  readonly cure?: string;
}

/** A network's weights in a file. */
export interface Match {
  /** By our names, in our layouts. */
  readonly arrays: NdArrays;
  /** What stands before the names in the file. */
  readonly prefix: string;
  /** The file's name of each weight, by ours. */
  readonly places: ReadonlyMap<string, string>;
  /** Names in the file, whole, that no weight here has, skipped ones included; without PyTorch's counters. */
  readonly rest: readonly string[];
}

/** Counters that PyTorch keeps beside running averages; nothing here needs them. */
const COUNTER = /(?:^|\.)num_batches_tracked$/;

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);
const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
const at = (file: NdArrays, name: string): NdArray | undefined =>
  Object.hasOwn(file, name) ? file[name] : undefined;

/** The module that a name begins with: `layer1` of `layer1.0.conv1.weight`. */
const moduleOf = (name: string): string => name.split(/[./]/)[0]!;

/** Which names under the prefix may be there though nothing here takes them. */
const passing = (
  slots: readonly Slot[],
  names: NameTable,
  { skip, ignore, others = false }: MatchOptions,
): ((name: string) => boolean) => {
  const known = new Set(pairsOf(slots, names).map(({ place }) => place.name));
  const taken = new Set(pairsOf(slots, names, skip).map(({ place }) => moduleOf(place.name)));
  const all = new Set([...known].map(moduleOf));
  return (name) =>
    known.has(name) ||
    COUNTER.test(name) ||
    [names.ignores, ignore].some((pattern) => pattern?.test(name)) ||
    (!taken.has(moduleOf(name)) && (others || all.has(moduleOf(name))));
};

const complaintOf = (names: NameTable, prefix: string, { leftOut = [], cure }: MatchOptions): Complaint => ({
  code: names.code,
  unread: new Map(leftOut.map(({ name, why }) => [name.replace(prefix, ''), why])),
  ...(cure !== undefined && { cure }),
});

/**
 * Finds a network's weights in a file that another code wrote, and says what else is in it.
 * Errors: `weights-mismatch`, which counts all that is missing, of another shape or unexpected.
 */
export const matchFile = (
  file: NdArrays,
  slots: readonly Slot[],
  names: NameTable,
  options: MatchOptions = {},
): Match => {
  const pairs = pairsOf(slots, names, options.skip);
  const all = Object.keys(file);
  const prefix = options.prefix ?? prefixOf(all, pairs.map(({ place }) => place.name)); // prettier-ignore
  const [missing, misshapen]: [string[], string[]] = [[], []];
  const arrays: [string, NdArray][] = [];
  const places = new Map<string, string>();
  for (const { slot, place, layout } of pairs) {
    const tensor = at(file, prefix + place.name);
    if (!tensor) missing.push(place.name);
    else if (!equal(tensor.shape, layout.shape))
      misshapen.push(`${place.name} is ${shapeText(tensor.shape)}, not ${shapeText(layout.shape)}`);
    else {
      arrays.push([slot.name, layout.read(tensor)]);
      places.set(slot.name, prefix + place.name);
    }
  }
  const passes = passing(slots, names, options);
  const own = all.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  const unexpected = own.filter((name) => !passes(name));
  const faults = { missing, misshapen, unexpected, unnamed: unnamedOf(slots, names) };
  if (isFaulty(faults)) throw mismatch(faults, complaintOf(names, prefix, options));
  const known = new Set(pairsOf(slots, names).map(({ place }) => prefix + place.name));
  const rest = all.filter((name) => !known.has(name) && !COUNTER.test(name));
  return { arrays: Object.fromEntries(arrays), prefix, places, rest };
};

/** `matchFile`'s arrays alone. Errors: `weights-mismatch`. */
export const toLayout = (
  file: NdArrays,
  slots: readonly Slot[],
  names: NameTable,
  options: MatchOptions = {},
): NdArrays => matchFile(file, slots, names, options).arrays;

/**
 * A network's arrays, by our names → by the other code's names, in its layouts. Layers in `skip` may be missing.
 * Errors: `weights-mismatch`.
 */
export const fromLayout = (
  arrays: NdArrays,
  slots: readonly Slot[],
  names: NameTable,
  { skip }: Pick<MatchOptions, 'skip'> = {},
): NdArrays => {
  const pairs = pairsOf(slots, names, skip);
  const missing = pairs.flatMap(({ slot }) => (Object.hasOwn(arrays, slot.name) ? [] : [slot.name]));
  const faults = { missing, misshapen: [], unexpected: [], unnamed: unnamedOf(slots, names) };
  if (isFaulty(faults)) throw mismatch(faults, { code: names.code });
  const written = pairs.flatMap(({ slot, place, layout }): [string, NdArray][] => {
    const tensor: [string, NdArray] = [place.name, layout.write(arrays[slot.name]!)];
    if (names === OWN_NAMES || !place.name.endsWith('.running_var')) return [tensor];
    // PyTorch's strict loading asks for the counter beside the averages.
    const counter = place.name.replace(/running_var$/, 'num_batches_tracked');
    return [tensor, [counter, { dtype: 'int32', shape: [], data: Int32Array.of(0) }]];
  });
  return Object.fromEntries(written);
};
