import { UnderstoryError } from '@understory/core';

/** Refuses what a report is given: the part, and both sizes. */
export const refuse = (what: string): never => {
  throw new UnderstoryError('report-input', `The report cannot be made: ${what}.`);
};
