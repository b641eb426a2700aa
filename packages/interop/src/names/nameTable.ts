import type { NdArray } from '@understory/core';

/** How one of our weights lies in another code, and how it gets there and back. */
export interface Layout {
  readonly shape: readonly number[];
  readonly read: (theirs: NdArray) => NdArray;
  readonly write: (ours: NdArray) => NdArray;
}

/** Where another code keeps one of our weights. */
export interface Place {
  /** Its full name there: `layer1.0.conv1.weight`. */
  readonly name: string;
  /** Its shape there, from the one that PyTorch's layer of this kind has, where the dimensions differ alone. */
  readonly shape?: (usual: readonly number[]) => readonly number[];
  /** Its layout there, from the one that PyTorch's layer of this kind has, where the order of numbers differs too. */
  readonly layout?: (usual: Layout) => Layout;
}

/** How another code names the weights of a network. */
export interface NameTable {
  /** The code: `torchvision`. */
  readonly code: string;
  /** Our weight (`stage1/block0/conv1/kernel`) → its place there; undefined where that code has none. */
  readonly place: (weight: string) => Place | undefined;
  /** Names there that nothing here corresponds to, though the networks are equal. */
  readonly ignores?: RegExp;
}

/** Roles of weights: ours → PyTorch's. */
const ROLES: Readonly<Record<string, string>> = {
  kernel: 'weight',
  depthwise_kernel: 'weight',
  gamma: 'weight',
  bias: 'bias',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/**
 * Our layer's name as a pattern → the layer there: text in which `$1` is what a group matched, or a function of the
 * groups. The role follows after a dot, or stands where the text says `{role}`; a text that ends in `!` has none.
 */
export type LayerRule = readonly [
  pattern: RegExp,
  layer: string | ((...groups: string[]) => string),
  shape?: Place['shape'],
];

const withRole = (layer: string, role: string): string => {
  if (layer.endsWith('!')) return layer.slice(0, -1);
  return layer.includes('{role}') ? layer.replace('{role}', role) : `${layer}.${role}`;
};

/** A table from rules on layers: the first whose pattern matches a layer's whole name counts. */
export const layerTable = (code: string, rules: readonly LayerRule[], ignores?: RegExp): NameTable => {
  const anchored = rules.map(
    ([pattern, ...rest]) => [new RegExp(`^(?:${pattern.source})$`), ...rest] as const,
  );
  const place = (weight: string): Place | undefined => {
    const cut = weight.lastIndexOf('/');
    const layer = weight.slice(0, cut);
    const role = ROLES[weight.slice(cut + 1)];
    if (role === undefined) return undefined;
    for (const [pattern, to, shape] of anchored) {
      const match = pattern.exec(layer);
      if (!match) continue;
      const name = withRole(
        typeof to === 'string' ? layer.replace(pattern, to) : to(...match.slice(1)),
        role,
      );
      // Biases and statistics are vectors everywhere.
      return shape && role === 'weight' ? { name, shape } : { name };
    }
    return undefined;
  };
  return { code, place, ...(ignores && { ignores }) };
};

/** A dense layer that is a 1×1 convolution there: [out, in, 1, 1]. */
export const pointwise: Place['shape'] = (usual) => (usual.length === 2 ? [...usual, 1, 1] : usual);

/** Our own names and layouts: every weight is where it is. */
export const OWN_NAMES: NameTable = { code: 'understory', place: (weight) => ({ name: weight }) };
