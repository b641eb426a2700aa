import { Dict, Inert, Global } from '@understory/core/pickle';
import { badPyTorch } from '../errors.ts';
import { Storage, TensorView, UnreadView } from './tensorView.ts';

/** What a pickle's values hold, by their path in it, joined by `.`: `state_dict.conv1.weight`. */
export interface Found {
  readonly tensors: Map<string, TensorView>;
  /** Numbers and texts near the root, as text. */
  readonly metadata: Map<string, string>;
  /** Tensors that cannot be read, and why. */
  readonly unread: Map<string, string>;
  /** Objects that stand inert, by the name of their class. */
  readonly inert: Map<string, string>;
}

/** Deepest path that is walked; no file of weights nests so deep. */
const MAX_DEPTH = 64;
/** Characters that all names together may take: bounds what a knot of references can make. */
const MAX_NAMES = 2 ** 25;

type Child = readonly [key: string, value: unknown];

const keyOf = (key: unknown): string | undefined => {
  if (key === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof key)) return String(key);
  return key instanceof Global ? key.name : undefined;
};
const entriesOf = ({ entries }: Dict): Child[] =>
  entries.flatMap(([key, value]) => {
    const name = keyOf(key);
    return name === undefined ? [] : [[name, value] as const];
  });
const itemsOf = (items: readonly unknown[]): Child[] => items.map((value, i) => [String(i), value] as const);

/** What a module's attributes are named in its `state_dict()`: parameters, buffers and modules stand in its own place. */
const MODULE_PARTS = ['_parameters', '_buffers', '_modules'];

/** The attributes of an object, from its state: a dictionary, or one with another for slots. */
const attributesOf = (state: unknown): Child[] => {
  if (Array.isArray(state)) return state.flatMap(attributesOf);
  if (!(state instanceof Dict)) return [];
  const entries = entriesOf(state);
  const parts = entries.filter(([key, value]) => MODULE_PARTS.includes(key) && value instanceof Dict);
  if (!parts.some(([key]) => key === '_parameters')) return entries;
  const hidden = entries.find(([key]) => key === '_non_persistent_buffers_set')?.[1];
  return parts.flatMap(([, value]) =>
    entriesOf(value as Dict).filter(([name]) => !(Array.isArray(hidden) && hidden.includes(name))),
  );
};

const childrenOf = (value: unknown): Child[] => {
  if (value instanceof Dict) return entriesOf(value);
  if (Array.isArray(value)) return itemsOf(value);
  if (!(value instanceof Inert)) return [];
  const own = [...entriesOf(value.items), ...itemsOf(value.list), ...attributesOf(value.state)];
  return own.length > 0 ? own : itemsOf(value.args);
};

const note = (found: Found, name: string, value: unknown, depth: number): void => {
  if (value instanceof TensorView) found.tensors.set(name, value);
  else if (value instanceof UnreadView) found.unread.set(name, value.why);
  else if (value instanceof Inert) found.inert.set(name, value.name);
  else if (value instanceof Storage) found.inert.set(name, 'numbers that no tensor shows');
  else if (depth > 2) return;
  else if (value instanceof Global) found.metadata.set(name, value.name);
  else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint')
    found.metadata.set(name, String(value).slice(0, 1000));
};

/** Inert objects in which tensors were found are read; others are left out. */
const withoutTensors = ({ tensors, unread, inert }: Found): Map<string, string> => {
  const holders = new Set<string>(['']);
  for (const name of [...tensors.keys(), ...unread.keys()]) {
    for (let cut = name.lastIndexOf('.'); cut > 0; cut = name.lastIndexOf('.', cut - 1)) {
      if (holders.has(name.slice(0, cut))) break;
      holders.add(name.slice(0, cut));
    }
  }
  return new Map([...inert].filter(([name]) => !holders.has(name)));
};

interface Place {
  readonly name: string;
  readonly value: unknown;
  readonly depth: number;
  /** Whether it is a part of an inert object, which is noted already. */
  readonly within: boolean;
}

/**
 * Walks dictionaries, lists and the attributes of inert objects, each once and by its shortest path, so that no knot of
 * references makes it long. A module that was saved whole has the names of its `state_dict()`. Errors: `bad-pytorch`.
 */
export const collect = (root: unknown): Found => {
  const found: Found = { tensors: new Map(), metadata: new Map(), unread: new Map(), inert: new Map() };
  const seen = new Set<unknown>();
  const places: Place[] = [{ name: '', value: root, depth: 0, within: false }];
  let room = MAX_NAMES;
  for (let i = 0; i < places.length; i++) {
    const { name, value, depth, within } = places[i]!;
    if (!within || !(value instanceof Inert)) note(found, name, value, depth);
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const children = childrenOf(value);
    if (depth >= MAX_DEPTH && children.length > 0) {
      found.inert.set(name, `values nested more than ${MAX_DEPTH} deep`);
      continue;
    }
    for (const [key, child] of children) {
      const path = name === '' ? key : `${name}.${key}`;
      if ((room -= path.length) < 0) throw badPyTorch('the names in it take more room than weights need');
      places.push({ name: path, value: child, depth: depth + 1, within: within || value instanceof Inert });
    }
  }
  return { ...found, inert: withoutTensors(found) };
};
