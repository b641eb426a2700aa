/** Pixels of an image: red, then green, then blue plane of 32 x 32. */
const PLANE = 32 * 32;
export const CIFAR_PIXELS = 3 * PLANE;

/**
 * Reads the official binary records: `labelBytes` bytes of labels, of which byte `label` is taken, then the planes.
 * Writes the images into `into` from image `at` on, interleaved, and gives their labels.
 */
export const readRecords = (
  bytes: Uint8Array,
  { labelBytes, label }: { readonly labelBytes: number; readonly label: number },
  into: Uint8Array,
): Uint8Array => {
  const record = labelBytes + CIFAR_PIXELS;
  const count = bytes.length / record;
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const from = n * record;
    labels[n] = bytes[from + label]!;
    for (let p = 0; p < PLANE; p++) {
      const red = from + labelBytes + p;
      const to = n * CIFAR_PIXELS + 3 * p;
      into[to] = bytes[red]!;
      into[to + 1] = bytes[red + PLANE]!;
      into[to + 2] = bytes[red + 2 * PLANE]!;
    }
  }
  return labels;
};
