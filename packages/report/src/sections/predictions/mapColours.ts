import { COLOURED, LIGHT } from '../../page/palette.ts';

type Rgb = readonly [number, number, number];

const rgbOf = (hex: string): Rgb =>
  [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
const mixed = (colour: Rgb, other: number, share: number): Rgb =>
  colour.map((v) => Math.round(v + (other - v) * share)) as [number, number, number];

const BASE = LIGHT.classes.map(rgbOf);
/** As they are, lighter, and darker: a picture has the same colours by day and by night. */
const COLOURS: readonly Rgb[] = [
  ...BASE,
  ...BASE.map((c) => mixed(c, 255, 0.55)),
  ...BASE.map((c) => mixed(c, 0, 0.5)),
];
/** Of pixels of no class, and of the classes for which no colour is left. */
export const NONE: Rgb = [255, 255, 255];
export const REST: Rgb = [200, 200, 196];

export interface MapColours {
  /** Classes that have a colour of their own, with it: the most frequent ones, in the dataset's order. */
  readonly coloured: ReadonlyMap<number, Rgb>;
  /** Whether classes are seen that have none, and pixels of no class. */
  readonly others: boolean;
  readonly none: boolean;
}

/** Gives the classes of some maps colours, those that take most pixels first; what is under 0 is no class. */
export const mapColours = (maps: readonly ArrayLike<number>[]): MapColours => {
  const counts = new Map<number, number>();
  for (const map of maps)
    for (let i = 0; i < map.length; i++) counts.set(map[i]!, (counts.get(map[i]!) ?? 0) + 1);
  const found = [...counts.keys()].filter((c) => c >= 0);
  const most = found.sort((a, b) => counts.get(b)! - counts.get(a)! || a - b).slice(0, COLOURS.length);
  // Few classes keep the palette's first, best told apart colours, in the order of their numbers.
  const ordered = most.length <= COLOURED ? most.sort((a, b) => a - b) : most;
  return {
    coloured: new Map(ordered.map((c, i) => [c, COLOURS[i]!] as const)),
    others: found.length > most.length,
    none: [...counts.keys()].some((c) => c < 0),
  };
};

export const colourOf = ({ coloured }: MapColours, at: number): Rgb =>
  at < 0 ? NONE : (coloured.get(at) ?? REST);

export const hexOf = (rgb: Rgb): string => `#${rgb.map((v) => v.toString(16).padStart(2, '0')).join('')}`;
