import { layoutOf, ownLayout } from './layout.ts';
import { OWN_NAMES, type Layout, type NameTable, type Place } from '../names/nameTable.ts';
import type { Slot } from './slots.ts';

/** One of our weights and its place in the other code. */
export interface Pair {
  readonly slot: Slot;
  readonly place: Place;
  readonly layout: Layout;
}

/** Every weight with its place; those of skipped layers and those that the code does not have are left out. */
export const pairsOf = (slots: readonly Slot[], names: NameTable, skip: readonly string[] = []): Pair[] =>
  slots.flatMap((slot) => {
    if (skip.some((layer) => slot.name === layer || slot.name.startsWith(`${layer}/`))) return [];
    const place = names.place(slot.name);
    if (!place) return [];
    return [{ slot, place, layout: names === OWN_NAMES ? ownLayout(slot) : layoutOf(slot, place) }];
  });

/** Weights that the code has no name for. */
export const unnamedOf = (slots: readonly Slot[], names: NameTable): string[] =>
  slots.flatMap(({ name }) => (names.place(name) ? [] : [name]));
