import { UnderstoryError, type Dataset } from '@understory/core';
import type { RunInfo } from './runInfo.ts';

const few = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');

/**
 * Says where a teacher was trained on other classes than these images have.
 * Errors: `classes` where they are the same in another order: its answers would be taken for those of other classes.
 */
export const compareClasses = (
  name: string,
  { dataset: { classes: taught } }: RunInfo,
  { classes }: Pick<Dataset, 'classes'>,
  say: (line: string) => void,
): void => {
  if (taught.length === classes.length && taught.every((one, i) => one === classes[i])) return;
  if (taught.length === classes.length && taught.every((one) => classes.includes(one)))
    throw new UnderstoryError(
      'classes',
      `The teacher "${name}" knows these classes in another order (${few(taught)}; here ${few(classes)}), so its ` +
        'answers would be taken for those of other classes. Train it again on this data.',
    );
  say(
    `The teacher "${name}" was trained on other classes (${taught.length}: ${few(taught)}) than these images have ` +
      `(${classes.length}: ${few(classes)}).`,
  );
};
