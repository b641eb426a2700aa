import { UnderstoryError, type NdArray, type NdArrays } from '@understory/core';
import { listed } from '../errors.ts';
import { OWN_NAMES, type NameTable, type Place } from '../names/nameTable.ts';
import { layoutOf, ownLayout, type Layout } from './layout.ts';
import { prefixOf } from './prefix.ts';
import type { Slot } from './slots.ts';

export interface MatchOptions {
  /** What stands before the names in the file; found by itself where nothing is said. */
  readonly prefix?: string;
  /** Layers that keep their values, by the beginning of their name: `['classifier']` for other classes. */
  readonly skip?: readonly string[];
  /** Names in the file, without the prefix, that may have no counterpart here. */
  readonly ignore?: RegExp;
}

/** One of our weights and its place in the other code. */
interface Pair {
  readonly slot: Slot;
  readonly place: Place;
  readonly layout: Layout;
}

/** Counters that PyTorch keeps beside running averages; nothing here needs them. */
const COUNTER = /(?:^|\.)num_batches_tracked$/;

/** Every weight with its place; those of skipped layers and those that the code does not have are left out. */
export const pairsOf = (slots: readonly Slot[], names: NameTable, skip: readonly string[] = []): Pair[] =>
  slots.flatMap((slot) => {
    if (skip.some((layer) => slot.name === layer || slot.name.startsWith(`${layer}/`))) return [];
    const place = names.place(slot.name);
    if (!place) return [];
    return [{ slot, place, layout: names === OWN_NAMES ? ownLayout(slot) : layoutOf(slot, place) }];
  });

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);

interface Faults {
  readonly missing: string[];
  readonly misshapen: string[];
  readonly unexpected: string[];
  readonly unnamed: string[];
}

const mismatch = ({ missing, misshapen, unexpected, unnamed }: Faults, code: string): UnderstoryError => {
  const part = (names: readonly string[], title: string): string[] =>
    names.length > 0 ? [`${title} (${names.length}): ${listed(names)}.`] : [];
  const lines = [
    ...part(missing, 'Missing'),
    ...part(misshapen, 'Of another shape'),
    ...part(unexpected, 'Unexpected'),
    ...part(unnamed, `Here, without a name in the code "${code}"`),
  ];
  const cure = 'Layers can be left as they are with the option skip, names passed over with ignore.';
  return new UnderstoryError(
    'weights-mismatch',
    `The weights do not fit the network. ${lines.join(' ')} ${cure}`,
  );
};

/**
 * Finds a network's weights in a file that another code wrote → our arrays, by our names.
 * Errors: `weights-mismatch`, which lists all that is missing, of another shape or unexpected.
 */
export const toLayout = (
  file: NdArrays,
  slots: readonly Slot[],
  names: NameTable,
  options: MatchOptions = {},
): NdArrays => {
  const pairs = pairsOf(slots, names, options.skip);
  const expected = pairs.map(({ place }) => place.name);
  const prefix = options.prefix ?? prefixOf(Object.keys(file), expected);
  const found: [string, NdArray][] = [];
  const faults: Faults = { missing: [], misshapen: [], unexpected: [], unnamed: [] };
  for (const { slot, place, layout } of pairs) {
    const tensor = Object.hasOwn(file, prefix + place.name) ? file[prefix + place.name]! : undefined;
    if (!tensor) faults.missing.push(place.name);
    else if (!equal(tensor.shape, layout.shape)) {
      faults.misshapen.push(
        `${place.name} is [${tensor.shape.join(', ')}], not [${layout.shape.join(', ')}]`,
      );
    } else found.push([slot.name, layout.read(tensor)]);
  }
  const known = new Set([...expected, ...pairsOf(slots, names).map(({ place }) => place.name)]);
  for (const full of Object.keys(file)) {
    const name = full.startsWith(prefix) ? full.slice(prefix.length) : undefined;
    const passes = (pattern?: RegExp): boolean =>
      name !== undefined && pattern !== undefined && pattern.test(name);
    if (
      name === undefined ||
      known.has(name) ||
      COUNTER.test(name) ||
      passes(names.ignores) ||
      passes(options.ignore)
    )
      continue;
    faults.unexpected.push(name);
  }
  const placed = new Set(pairsOf(slots, names).map(({ slot }) => slot.name));
  faults.unnamed.push(...slots.flatMap(({ name }) => (placed.has(name) ? [] : [name])));
  if (Object.values(faults).some((list: string[]) => list.length > 0)) throw mismatch(faults, names.code);
  return Object.fromEntries(found);
};

/** A network's arrays, by our names → by the other code's names, in its layouts. Errors: `weights-mismatch`. */
export const fromLayout = (arrays: NdArrays, slots: readonly Slot[], names: NameTable): NdArrays => {
  const pairs = pairsOf(slots, names);
  const placed = new Set(pairs.map(({ slot }) => slot.name));
  const unnamed = slots.flatMap(({ name }) => (placed.has(name) ? [] : [name]));
  const missing = pairs.flatMap(({ slot }) => (Object.hasOwn(arrays, slot.name) ? [] : [slot.name]));
  if (unnamed.length + missing.length > 0) {
    throw mismatch({ missing, unnamed, misshapen: [], unexpected: [] }, names.code);
  }
  const written = pairs.flatMap(({ slot, place, layout }): [string, NdArray][] => {
    const tensor: [string, NdArray] = [place.name, layout.write(arrays[slot.name]!)];
    if (names === OWN_NAMES || !place.name.endsWith('.running_var')) return [tensor];
    // PyTorch's strict loading asks for the counter beside the averages.
    const counter = place.name.replace(/running_var$/, 'num_batches_tracked');
    return [tensor, [counter, { dtype: 'int32', shape: [], data: Int32Array.of(0) }]];
  });
  return Object.fromEntries(written);
};
