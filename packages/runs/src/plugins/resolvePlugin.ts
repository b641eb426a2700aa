import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveModule } from '@understory/config/node';
import { cut, nearest, shownPath, UnderstoryError } from '@understory/core';
import { errnoOf } from '@understory/core/node';

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

const refuse = (name: string, what: string, cure: string): never => {
  throw new UnderstoryError('plugin', `Cannot import the plugin "${cut(name, 60)}": ${what}. ${cure}`);
};

/** The file that a path without its end is meant to be, or the nearest one of its folder. */
const meant = (file: string): string | undefined => {
  const folder = path.dirname(file);
  if (!existsSync(folder)) return undefined;
  const modules = readdirSync(folder).filter((name) => /\.[cm]?[jt]sx?$/.test(name));
  const name = path.basename(file);
  return modules.find((known) => path.parse(known).name === name) ?? nearest(name, modules);
};

const fileOf = (name: string, folder: string): string => {
  const file = path.resolve(folder, name);
  if (isFile(file)) return pathToFileURL(file).href;
  const near = meant(file);
  const hint =
    near === undefined ? '' : `Did you mean "${name.slice(0, -path.basename(name).length)}${near}"? `;
  const cure = `${hint}A path under "plugins" counts from the config's folder, and is written whole.`;
  return refuse(name, `there is no file ${cut(shownPath(file), 100)}`, cure);
};

const isHidden = (error: unknown): boolean => errnoOf(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED';

/** A plugin's name in a config → what `import()` takes. Relative paths count from the config's folder. Errors: `plugin`. */
export const resolvePlugin =
  (folder: string) =>
  async (name: string): Promise<string> => {
    if (name.startsWith('.') || path.isAbsolute(name)) return fileOf(name, folder);
    try {
      return pathToFileURL(createRequire(path.join(folder, 'config.js')).resolve(name)).href;
    } catch (error) {
      // A package for `import` alone is none to `require`.
      const found = isHidden(error) ? await resolveModule(name, folder) : undefined;
      if (found !== undefined) return found;
      if (isFile(path.join(folder, name)))
        refuse(name, 'no package of that name is installed, but there is a file', `Write "./${name}".`);
      return name;
    }
  };
