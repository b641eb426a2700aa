/**
 * Colours, light and dark. Methods: told apart by people with any kind of colour vision, and at least 3 : 1 against
 * the page. Classes: after Paul Tol's "muted" scheme, shifted to keep 2 : 1 or more on both backgrounds; no class is
 * told by colour alone (the legend picks one out, a pointer names it).
 */
export interface Theme {
  readonly page: string;
  readonly raised: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly wrong: string;
  readonly methods: readonly string[];
  readonly classes: readonly string[];
}

export const LIGHT: Theme = {
  page: '#fbfaf6',
  raised: '#f2f1ea',
  ink: '#1c2520',
  quiet: '#5a665f',
  line: '#dddcd2',
  accent: '#17694a',
  wrong: '#b4551d',
  methods: ['#75808f', '#cf6614', '#00604a', '#7e089b', '#478df5', '#5d16f3'],
  classes: [
    '#3b2f9c',
    '#2fa08f',
    '#d4576b',
    '#117733',
    '#d39a1c',
    '#46b0e6',
    '#a8399a',
    '#8f8f1e',
    '#7d1f4d',
    '#6b6b6b',
  ],
};

export const DARK: Theme = {
  page: '#121715',
  raised: '#1b221f',
  ink: '#e7ebe6',
  quiet: '#9caaa2',
  line: '#2c3632',
  accent: '#6fcaa2',
  wrong: '#f0a06a',
  methods: ['#8594a8', '#f08a30', '#63e6bd', '#a04cf5', '#de3a5c', '#e89bfa'],
  classes: [
    '#8a80f0',
    '#4cc4b1',
    '#f07f90',
    '#35a85c',
    '#e8b84a',
    '#7fcdf5',
    '#d070c4',
    '#b9b94a',
    '#c4467f',
    '#a8a8a8',
  ],
};

/** Methods beyond the palette begin it anew; their marks still differ. */
export const methodClass = (index: number): string => `m${index % LIGHT.methods.length}`;

/** Classes that have a colour of their own; all others are drawn quietly. */
export const COLOURED = LIGHT.classes.length;
