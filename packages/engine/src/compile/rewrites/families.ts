/** Channels that the addon's kernels take: multiples of this. */
const LANES = 8;

export type Shape = readonly number[];

/** A family of ops of TensorFlow's, and the addon's in its place. */
export interface Family {
  readonly op: string;
  readonly own: string;
  /** Whether the addon takes a filter of this shape. */
  readonly takes: (filter: Shape) => boolean;
  /** Whether each channel has a filter of its own; otherwise images of few channels may get more, of zeros. */
  readonly depthwise: boolean;
}

const isSquare = ([height, width]: Shape, sizes: readonly number[]): boolean =>
  height === width && sizes.includes(height!);

export const FAMILIES: readonly Family[] = [
  {
    op: 'Conv2D',
    own: 'UnderstoryConv',
    depthwise: false,
    takes: (filter) =>
      isSquare(filter, [1, 3]) && filter.slice(2).every((channels) => channels % LANES === 0),
  },
  {
    op: 'DepthwiseConv2dNative',
    own: 'UnderstoryDepthwise',
    depthwise: true,
    takes: (filter) => isSquare(filter, [3, 5, 7]) && filter[2]! % LANES === 0 && filter[3] === 1,
  },
];

/** Channels that images of fewer get. */
const WIDENED = 16;

/** The shape of a filter that the addon takes, perhaps with more input channels; null where there is none. */
export const wideShape = (filter: Shape, { takes, depthwise }: Family): Shape | null => {
  if (takes(filter)) return filter;
  const wide = filter.map((length, i) => (i === 2 ? WIDENED : length));
  return !depthwise && filter[2]! < LANES && takes(wide) ? wide : null;
};
