import { UnderstoryError } from '@understory/core/errors';

/** A whole number from an option of the command line. */
export const wholeNumber = (option: string, text: string, least: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new UnderstoryError('options', `${option} is "${text}"; it takes a whole number from ${least}.`);
};
