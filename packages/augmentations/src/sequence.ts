import { tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { viewSize, type Augmentation, type NdArray, type View } from '@understory/core';

type Sequence = Augmentation & Required<Pick<Augmentation, 'check' | 'outputSize'>>;

/** Augmentations in order, as one. Their parameters are told apart by their place: `0.top`. */
export const sequence = (name: string, view: View): Sequence => ({
  name,
  deterministic: view.every((augmentation) => augmentation.deterministic ?? false),
  check: (size) => void viewSize(view, size),
  outputSize: (size) => view.reduce((now, augmentation) => augmentation.outputSize?.(now) ?? now, size),
  sample(streams, size) {
    const all: Record<string, NdArray> = {};
    view.reduce((now, augmentation, i) => {
      const drawn = Object.entries(augmentation.sample(streams, now));
      for (const [key, value] of drawn) all[`${i}.${key}`] = value;
      return augmentation.outputSize?.(now) ?? now;
    }, size);
    return all;
  },
  apply: (images, params) => {
    const own = (i: number): Record<string, Tensor> =>
      Object.fromEntries(
        Object.entries(params).flatMap(([key, value]) =>
          key.startsWith(`${i}.`) ? [[key.slice(`${i}.`.length), value]] : [],
        ),
      );
    return tidy(() =>
      view.reduce<Tensor4D>((now, augmentation, i) => augmentation.apply(now, own(i)), images),
    );
  },
});
