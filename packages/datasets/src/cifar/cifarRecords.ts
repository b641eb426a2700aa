/** Pixels of an image: red, then green, then blue plane of 32 x 32. */
const PLANE = 32 * 32;
export const CIFAR_PIXELS = 3 * PLANE;

/** Images of one file of a dataset: what both published forms come to. */
export interface CifarBatch {
  /** Class of each image [N]. */
  readonly labels: ArrayLike<number>;
  /** Where the planes of image n begin in `bytes`. */
  readonly bytes: Uint8Array;
  planesAt(n: number): number;
}

/** Writes an image's planes, which begin at `from`, interleaved into `into` at `to`. */
const interleave = (
  { bytes, from }: { readonly bytes: Uint8Array; readonly from: number },
  into: Uint8Array,
  to: number,
): void => {
  for (let p = 0; p < PLANE; p++) {
    into[to + 3 * p] = bytes[from + p]!;
    into[to + 3 * p + 1] = bytes[from + p + PLANE]!;
    into[to + 3 * p + 2] = bytes[from + p + 2 * PLANE]!;
  }
};

/** Writes the images of a batch, [N, 32, 32, 3], into `into` from byte `at` on. */
export const writePixels = (batch: CifarBatch, into: Uint8Array, at: number): void => {
  const { bytes, labels } = batch;
  for (let n = 0; n < labels.length; n++)
    interleave({ bytes, from: batch.planesAt(n) }, into, at + n * CIFAR_PIXELS);
};

/** The official binary records: `labelBytes` bytes of labels, of which byte `label` is taken, then the planes. */
export const binaryBatch = (
  bytes: Uint8Array,
  { labelBytes, label }: { readonly labelBytes: number; readonly label: number },
): CifarBatch => {
  const record = labelBytes + CIFAR_PIXELS;
  const labels = Uint8Array.from(
    { length: Math.floor(bytes.length / record) },
    (_, n) => bytes[n * record + label]!,
  );
  return { labels, bytes, planesAt: (n) => n * record + labelBytes };
};
