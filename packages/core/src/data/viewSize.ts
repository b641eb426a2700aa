import type { View } from '../contracts/augmentation.ts';
import { UnderstoryError } from '../errors.ts';
import type { Experiment, StreamSource } from '../training/experiment.ts';

type Size = readonly [height: number, width: number];

/** Size of what a view makes of pictures; refuses pictures on which one of its augmentations cannot work. */
export const viewSize = (view: View, size: Size): Size =>
  view.reduce<Size>((now, augmentation) => {
    augmentation.check?.(now);
    return augmentation.outputSize?.(now) ?? now;
  }, size);

const shown = ([height, width]: Size): string => `${height}×${width}`;

/** The size of each view of a stream; an error tells which view it is about. */
const sizesOf = ({ name, views, samples }: StreamSource): { readonly view: string; readonly size: Size }[] =>
  views.map((view, v) => {
    const place = `View ${v + 1} of the stream "${name}"`;
    try {
      return { view: place, size: viewSize(view, samples.size) };
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      throw new UnderstoryError(error.code, `${place}: ${error.message}`, { cause: error });
    }
  });

/** Refuses views that cannot work on their stream's pictures, and views that end in different sizes. */
export const checkViews = ({ streams }: Pick<Experiment, 'streams'>): void => {
  const [first, ...others] = streams.flatMap(sizesOf);
  const other = others.find(({ size }) => shown(size) !== shown(first!.size));
  if (!first || !other) return;
  throw new UnderstoryError(
    'view-sizes',
    `${first.view} makes pictures of ${shown(first.size)}, ${other.view} of ${shown(other.size)}. ` +
      'The network sees all views at once: give both the same "size" where they crop or resize.',
  );
};
