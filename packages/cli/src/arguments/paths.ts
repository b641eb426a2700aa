import { accessSync, constants, lstatSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core/errors';
import { shownPath, systemReason } from '@understory/core/file-error';
import { InvalidArgumentError } from 'commander';
import { refuse, take, type Take } from './take.ts';

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

const isLink = (place: string): boolean => {
  try {
    return lstatSync(place).isSymbolicLink();
  } catch {
    return false;
  }
};

/** What lies at a path; undefined where nothing does. Refuses a path that cannot be looked at. */
const statOf = (place: string): Stats | undefined => {
  try {
    return statSync(place);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return refuse(sentence(systemReason(error)));
    if (isLink(place)) return refuse('It is a link to what does not exist. Name another path.');
    return undefined;
  }
};

/** What lies at a path that is read. */
const existing = (place: string): Stats =>
  statOf(place) ?? refuse('It does not exist. Check the spelling, and the folder from which it counts.');

const mustAllow = (place: string, mode: number): void => {
  try {
    accessSync(place, mode);
  } catch (error) {
    refuse(sentence(systemReason(error)));
  }
};

const mustBeFile = (found: Stats): void => {
  if (found.isDirectory()) refuse('It is a folder. Name a file.');
  if (!found.isFile()) refuse('It is a device or a pipe. Name a file.');
};

const mustBeFolder = (found: Stats): void => {
  if (!found.isDirectory()) refuse('It is a file. Name a folder.');
};

/** A file that is read. */
export const inputFile: Take<string> = take('input-file', (place) => {
  mustBeFile(existing(place));
  mustAllow(place, constants.R_OK);
  return place;
});

/** A config that is read. */
export const configFile: Take<string> = take('input-file', (place) => {
  const file = inputFile(place);
  return /\.(ya?ml|json|[cm]?[jt]s)$/i.test(file)
    ? file
    : refuse('A config is a .yaml, .json, .ts or .js file.');
});

/** A folder that is read. */
export const inputFolder: Take<string> = take('input-folder', (place) => {
  mustBeFolder(existing(place));
  mustAllow(place, constants.R_OK);
  return place;
});

/** A file or folder that is read. */
export const inputPath: Take<string> = take('input-path', (place) => {
  const found = existing(place);
  if (!found.isDirectory()) mustBeFile(found);
  mustAllow(place, constants.R_OK);
  return place;
});

/** A file that is written; its folder must be there. */
export const outputFile: Take<string> = take('output-file', (place) => {
  const folder = path.dirname(place);
  if (/[/\\]$/.test(place)) refuse('It ends like a folder. Name a file.');
  const found = statOf(place);
  if (found) mustBeFile(found);
  const around = statOf(folder) ?? refuse(`There is no folder ${folder}. Make it first.`);
  mustBeFolder(around);
  mustAllow(found ? place : folder, constants.W_OK);
  return place;
});

/** A folder that is written to, and made where it is not there. */
export const outputFolder: Take<string> = take('output-folder', (place) => {
  let there = path.resolve(place);
  let found = statOf(there);
  while (!found) {
    there = path.dirname(there);
    found = statOf(there);
  }
  if (!found.isDirectory()) refuse(`${there} is a file. Name a folder.`);
  mustAllow(there, constants.W_OK);
  return place;
});

/** Looks at a path that a command chose where nobody named one. Errors: `options`. */
export const checked = (one: Take<string>, what: string, place: string): string => {
  try {
    return one(place);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UnderstoryError('options', `${what} is ${shownPath(place)}. ${error.message}`);
  }
};
