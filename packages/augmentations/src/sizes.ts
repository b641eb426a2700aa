import { UnderstoryError, type Augmentation, type Mixing } from '@understory/core';

export type Size = readonly [height: number, width: number];

export const shownSize = ([height, width]: Size): string => `${height}×${width}`;

/** The error for an option that pictures of a size cannot have. */
export const unfit = (
  name: string,
  [option, value]: readonly [string, unknown],
  size: Size,
  { fault, cure }: { readonly fault: string; readonly cure: string },
): UnderstoryError =>
  new UnderstoryError(
    'picture-size',
    `${name}: "${option}" is ${JSON.stringify(value)}, and pictures of ${shownSize(size)} pixels ${fault}. ${cure}`,
  );

/** Lets `sample` refuse what `check` refuses, for those who draw without asking first. */
export const checked = <T extends Augmentation>(augmentation: T & { check(size: Size): void }): T => ({
  ...augmentation,
  sample(streams, size) {
    augmentation.check(size);
    return augmentation.sample(streams, size);
  },
});

/** As `checked`, for a way to mix. */
export const checkedMixing = (mixing: Mixing & { check(size: Size): void }): Mixing => ({
  ...mixing,
  sample(rng, batch, size) {
    mixing.check(size);
    return mixing.sample(rng, batch, size);
  },
});
