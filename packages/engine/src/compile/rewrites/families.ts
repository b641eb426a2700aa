/** Channels that the addon's depthwise kernels take: multiples of this. */
const LANES = 8;

/** Channels of images, at most. */
const IMAGE_CHANNELS = 4;

/** Of images [n, h, w, c], or of filters [height, width, inputs, outputs]. */
export type Shape = readonly [number, number, number, number];

/** Null for what is no shape of images or filters. */
export const shapeIn = (numbers: readonly number[] | null | undefined): Shape | null => {
  const [a, b, c, d, ...more] = numbers ?? [];
  return a === undefined || b === undefined || c === undefined || d === undefined || more.length > 0
    ? null
    : [a, b, c, d];
};

/** A family of ops of TensorFlow's in whose place the addon has its own. */
export interface Family {
  readonly op: string;
  /** Whether the addon takes a filter of this shape. */
  readonly takes: (filter: Shape) => boolean;
  /** Whether it has the gradient of the images as well. */
  readonly takesBack: (filter: Shape) => boolean;
  /** Whether each channel has a filter of its own. */
  readonly depthwise: boolean;
}

const isSquare = ([height, width]: Shape, sizes: readonly number[]): boolean =>
  height === width && sizes.includes(height);

/** A network's first convolution, over an image's channels, whose gradient nobody asks for. */
const isStem = (filter: Shape): boolean => isSquare(filter, [5, 7]) && filter[2] <= IMAGE_CHANNELS;

const isDepthwise = (filter: Shape): boolean =>
  isSquare(filter, [3, 5, 7]) && filter[2] % LANES === 0 && filter[3] === 1;

export const FAMILIES: readonly Family[] = [
  {
    op: 'Conv2D',
    depthwise: false,
    takes: (filter) => isSquare(filter, [1, 3]) || isStem(filter),
    takesBack: (filter) => isSquare(filter, [1, 3]),
  },
  {
    op: 'DepthwiseConv2dNative',
    depthwise: true,
    takes: isDepthwise,
    takesBack: isDepthwise,
  },
];
