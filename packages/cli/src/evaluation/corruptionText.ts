import type { CorruptionResult } from '@understory/runs';
import { textTable } from '../text.ts';
import { indented } from './numbersText.ts';

const percent = (share: number): string => (100 * share).toFixed(1);

/** Errors at five strengths of each corruption, and what they come to. */
export const corruptionText = ({ clean, errors, meanError, mCE14 }: CorruptionResult): string => {
  const rows = Object.entries(errors).map(([name, all]) => [
    name.replaceAll('_', ' '),
    ...all.map(percent),
    percent(all.reduce((a, b) => a + b, 0) / all.length),
  ]);
  const table = textTable(['% wrong at strength', '1', '2', '3', '4', '5', 'mean'], rows);
  const ofAlexNet =
    mCE14 === undefined
      ? ''
      : `\nmCE-14 ${percent(mCE14)} %: errors as parts of AlexNet's, without frost, so no mCE.`;
  return indented(
    `${table}\nmean error ${percent(meanError)} %, of images as they are ${percent(clean)} %.${ofAlexNet}`,
  );
};
