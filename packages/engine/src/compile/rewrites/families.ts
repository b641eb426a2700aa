/** Channels that the addon's kernels take: multiples of this. */
const LANES = 8;

/** Of images [n, h, w, c], or of filters [height, width, inputs, outputs]. */
export type Shape = readonly [number, number, number, number];

/** Null for what is no shape of images or filters. */
export const shapeIn = (numbers: readonly number[] | null | undefined): Shape | null => {
  const [a, b, c, d, ...more] = numbers ?? [];
  return a === undefined || b === undefined || c === undefined || d === undefined || more.length > 0
    ? null
    : [a, b, c, d];
};

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
  height === width && sizes.includes(height);

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
    takes: (filter) => isSquare(filter, [3, 5, 7]) && filter[2] % LANES === 0 && filter[3] === 1,
  },
];

/** Channels that images of fewer get. */
const WIDENED = 16;

/** The shape of a filter that the addon takes, perhaps with more input channels; null where there is none. */
export const wideShape = (filter: Shape, { takes, depthwise }: Family): Shape | null => {
  if (takes(filter)) return filter;
  const [height, width, inputs, outputs] = filter;
  const wide: Shape = [height, width, WIDENED, outputs];
  return !depthwise && inputs < LANES && takes(wide) ? wide : null;
};
