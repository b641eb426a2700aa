import { UnderstoryError } from '../errors.ts';
import type { Experiment, StreamSource } from '../contracts/experiment.ts';
import { canvasSizes } from './canvases.ts';
import { isSpatial, leavesBehind, mixerOf, viewSize } from './view.ts';

type Size = readonly [height: number, width: number];

const shown = ([height, width]: Size): string => `${height}×${width}`;

/** The size of each view of a stream on images of one size; an error tells which view it is about. */
const sizesOf = (
  { name, views }: StreamSource,
  images: Size,
): { readonly view: string; readonly size: Size }[] =>
  views.map((view, v) => {
    const place = `View ${v + 1} of the stream "${name}"`;
    try {
      return { view: place, size: viewSize(view, images) };
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      throw new UnderstoryError(error.code, `${place}: ${error.message}`, { cause: error });
    }
  });

/** Refuses augmentations that move the image and leave its spatial targets where they were. */
const checkTargets = ({ name, views, samples, labelled }: StreamSource): void => {
  if (!labelled) return;
  for (const [target, { kind }] of Object.entries(samples.targets)) {
    if (!isSpatial(kind)) continue;
    for (const [v, view] of views.entries()) {
      const lost = leavesBehind(view, kind);
      if (!lost) continue;
      const what = kind === 'map' ? 'the map' : 'the boxes';
      throw new UnderstoryError(
        'targets-left-behind',
        `View ${v + 1} of the stream "${name}": "${lost.name}" moves the image and not ${what} "${target}" with it. ` +
          `Take it out, or use one that moves ${kind === 'map' ? 'maps' : 'boxes'} too.`,
      );
    }
  }
};

/** Refuses augmentations that mix images where samples have targets that stand for no place: those would be of one image alone. */
const checkMixes = ({ name, views, samples, labelled }: StreamSource): void => {
  if (!labelled) return;
  const alone = Object.entries(samples.targets).find(([, { kind }]) => !isSpatial(kind));
  for (const [v, view] of views.entries()) {
    const mixing = mixerOf(view);
    if (!alone || !mixing) continue;
    throw new UnderstoryError(
      'images-mixed',
      `View ${v + 1} of the stream "${name}": "${mixing.name}" puts parts of several images into one, and "${alone[0]}" ` +
        'says something of a whole image. Take it out; mixup and cutmix mix classes too.',
    );
  }
};

/** Refuses views that cannot work on images of these sizes, or end in different ones. */
const checkSizes = (streams: Experiment['streams'], sizeOf: (stream: StreamSource) => Size): void => {
  const [first, ...others] = streams.flatMap((stream) => sizesOf(stream, sizeOf(stream)));
  const other = others.find(({ size }) => shown(size) !== shown(first!.size));
  if (!first || !other) return;
  throw new UnderstoryError(
    'view-sizes',
    `${first.view} makes pictures of ${shown(first.size)}, ${other.view} of ${shown(other.size)}. ` +
      'The network sees all views at once: give both the same "size" where they crop or resize.',
  );
};

/**
 * Refuses views that cannot work on their stream's images, that would leave targets behind or mix what belongs to one
 * image, and views that end in different sizes.
 */
export const checkViews = ({ streams }: Pick<Experiment, 'streams'>): void => {
  streams.forEach(checkTargets);
  streams.forEach(checkMixes);
  checkSizes(streams, ({ samples }) => samples.size);
  for (const size of canvasSizes(streams).slice(1)) checkSizes(streams, () => size);
};
