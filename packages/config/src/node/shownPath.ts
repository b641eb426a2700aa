import path from 'node:path';

/** A file's path as it is shown: from the working folder where that is shorter. */
export const shownPath = (file: string): string => {
  const relative = path.relative('.', file);
  return relative !== '' && relative.length < file.length ? relative : file;
};
