import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { UnderstoryError } from '@understory/core';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /MODULE_NOT_FOUND|PATH_NOT_EXPORTED/.test(String(error.code));

/** Where a project keeps a package that this one does not bring; undefined where it does not. */
const inProject = (name: string): string | undefined => {
  try {
    const file = createRequire(path.join(process.cwd(), 'package.json')).resolve(name);
    return pathToFileURL(file).href;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const imported = async (name: string): Promise<unknown> => {
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const place = inProject(name);
    return place === undefined ? undefined : import(place);
  }
};

/**
 * The first of these packages that is installed, of this one's optional peers or in the project where the program was started. Errors:
 * `runtime-missing`, which says what to install for `what`.
 */
export const optionalPackage = async (names: readonly string[], what: string): Promise<unknown> => {
  for (const name of names) {
    const found = await imported(name);
    if (found !== undefined) return found;
  }
  throw new UnderstoryError(
    'runtime-missing',
    `Nothing here runs ${what}: install it with npm install ${names.join(', or npm install ')}, and try again.`,
  );
};
