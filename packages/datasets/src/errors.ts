import { UnderstoryError } from '@understory/core';

/** Names in a list, shortened: `a.jpg, b.jpg and 12 more`. */
export const listed = (names: readonly string[], most = 10): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');

export const badArchive = (path: string, what: string): UnderstoryError =>
  new UnderstoryError('bad-archive', `Cannot read ${path}: ${what}.`);

export const badDataset = (path: string, what: string): UnderstoryError =>
  new UnderstoryError('bad-dataset', `Cannot use ${path} as a dataset: ${what}.`);

/** One message for any number of images that cannot be read; `faults` are `name: why`. */
export const badImages = (faults: readonly string[]): UnderstoryError =>
  new UnderstoryError(
    'bad-image',
    `${faults.length} image${faults.length === 1 ? '' : 's'} cannot be read: ${listed(faults)}. ` +
      'Repair or remove what is named, or set onBadImage to "skip": such images are then found when the dataset opens, left out and counted.',
  );
