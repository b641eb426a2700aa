import { UnderstoryError } from '../errors.ts';
import { classesChangeText, compareData, samplesChangeText, type DataChanges } from './compareData.ts';
import type { DataFingerprint } from './fingerprint.ts';

/** Changes that a run cannot go on with, and changes that it can tell of, in words. */
export interface DataVerdict {
  readonly refused: readonly string[];
  readonly told: readonly string[];
}

/**
 * What data that differs means to a run that goes on: its training images, and those that choose its best epoch, must be
 * the same; others may change, which is told. Where the same classes stand in another order, labels are mapped by name.
 */
export const judgeChanges = (changes: DataChanges, selectOn: 'validation' | 'test'): DataVerdict => {
  const needed = changes.splits.filter(({ where }) => where === 'train' || where === selectOn);
  const others = changes.splits.filter((split) => !needed.includes(split));
  return {
    refused: [...classesChangeText(changes), ...[...needed, ...changes.streams].map(samplesChangeText)],
    told: [
      ...(changes.classesMoved ? ['the order of the classes, so labels are mapped by name'] : []),
      ...others.map(samplesChangeText),
    ],
  };
};

/** What differs and may, in words. Errors: `data-changed` where a run cannot go on with this data. */
export const checkData = (
  before: DataFingerprint,
  after: DataFingerprint,
  selectOn: 'validation' | 'test',
  detail = '',
): readonly string[] => {
  const { refused, told } = judgeChanges(compareData(before, after), selectOn);
  if (refused.length === 0) return told;
  const shown = refused.slice(0, 2).map((text) => (text.length > 80 ? `${text.slice(0, 79)}…` : text));
  const more = refused.length > 2 ? '; and more' : '';
  throw new UnderstoryError(
    'data-changed',
    `"dataset" holds other data than the run was trained on: ${shown.join('; ')}${more}. ${detail}` +
      'Put it back as it was, or start a new run without --resume.',
  );
};
