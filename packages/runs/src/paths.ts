import { accessSync, constants, existsSync, lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core/errors';
import { shownPath, systemReason } from '@understory/core/file-error';
import { errnoOf } from '@understory/core/node';

/** Why a path cannot be what it is meant as, and the cure, in sentences; undefined where it can. */
export type PathFault = (place: string) => string | undefined;

class Fault extends Error {}

const refuse = (why: string): never => {
  throw new Fault(why.charAt(0).toUpperCase() + why.slice(1));
};

const faultOf =
  (check: (place: string) => void): PathFault =>
  (place) => {
    try {
      check(place);
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
  };

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
    if (errnoOf(error) !== 'ENOENT') return refuse(systemReason(error));
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
    refuse(systemReason(error));
  }
};

const mustBeFile = (found: Stats): void => {
  if (found.isDirectory()) refuse('It is a folder. Name a file.');
  if (!found.isFile()) refuse('It is a device or a pipe. Name a file.');
};

const mustBeFolder = (found: Stats): void => {
  if (!found.isDirectory()) refuse('It is a file. Name a folder.');
};

/** Of a file that is read. */
export const inputFileFault = faultOf((place) => {
  mustBeFile(existing(place));
  mustAllow(place, constants.R_OK);
});

/** Of a folder that is read. */
export const inputFolderFault = faultOf((place) => {
  mustBeFolder(existing(place));
  mustAllow(place, constants.R_OK);
});

/** Of a file or folder that is read. */
export const inputPathFault = faultOf((place) => {
  const found = existing(place);
  if (!found.isDirectory()) mustBeFile(found);
  mustAllow(place, constants.R_OK);
});

/** Of a file that is written; its folder must be there. */
export const outputFileFault = faultOf((place) => {
  const folder = path.dirname(place);
  if (/[/\\]$/.test(place)) refuse('It ends like a folder. Name a file.');
  const found = statOf(place);
  if (found) mustBeFile(found);
  const around = statOf(folder) ?? refuse(`There is no folder ${folder}. Make it first.`);
  mustBeFolder(around);
  mustAllow(found ? place : folder, constants.W_OK);
});

/** Of a folder that is written to, and made where it is not there. */
export const outputFolderFault = faultOf((place) => {
  let there = path.resolve(place);
  let found = statOf(there);
  while (!found) {
    there = path.dirname(there);
    found = statOf(there);
  }
  if (!found.isDirectory()) refuse(`${there} is a file. Name a folder.`);
  mustAllow(there, constants.W_OK);
});

/** Of a file that is made where none may be replaced. */
export const takenFileFault = faultOf((place) => {
  if (existsSync(place)) refuse('It is there already. Add --overwrite, or name another file.');
});

/** Of a folder that is filled where nothing in it may be replaced. */
export const takenFolderFault = faultOf((place) => {
  if (existsSync(place) && readdirSync(place).length > 0)
    refuse('It is not empty. Add --overwrite, or name another folder.');
});

/** Looks at a path before anything costly is done; `what` begins the message. Errors: `options`. */
export const checkPath = (faultOfPath: PathFault, what: string, place: string): void => {
  const fault = faultOfPath(place);
  if (fault !== undefined) throw new UnderstoryError('options', `${what} is ${shownPath(place)}. ${fault}`);
};
