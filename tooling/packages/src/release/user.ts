import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runIn, type Manager, type Ran } from '../project.ts';
import { ROOT } from '../workspace.ts';

/** Somebody with an empty home, no C++ compiler, and npm, pnpm and yarn set up to take our packages from a registry of their own. */
export interface User {
  readonly home: string;
  /** Where everybody else's packages come from: the registry that npm is set up for. */
  readonly upstream: string;
  /** A new empty folder. */
  readonly folder: (name: string) => string;
  /** Runs a line as their shell would. */
  readonly run: (folder: string, line: string, more?: NodeJS.ProcessEnv) => Promise<Ran>;
}

const COMPILERS = /(^|-)(g\+\+|gcc|c\+\+|cc|clang|clang\+\+|tcc|icpx?)(-[\d.]+)?$/;

/** Every program of this machine but compilers, as links in one folder; the first one of a name, as in PATH. */
const withoutCompilers = (folder: string): void => {
  mkdirSync(folder, { recursive: true });
  const from = (process.env.PATH ?? '').split(path.delimiter).filter((one) => !one.includes('node_modules'));
  for (const one of from.filter((each) => existsSync(each))) {
    for (const name of readdirSync(one)) {
      if (COMPILERS.test(name) || existsSync(path.join(folder, name))) continue;
      symlinkSync(path.join(one, name), path.join(folder, name));
    }
  }
};

const script = (file: string, line: string): void => {
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
};

/** Makes one in `where`, whose package managers ask these registries: `ours` for the packages of our scope, `upstream` for all others. */
export const newUser = (
  where: string,
  { ours, upstream }: { readonly ours: string; readonly upstream: string },
): User => {
  const [home, bin] = [path.join(where, 'home'), path.join(where, 'bin')];
  mkdirSync(home);
  writeFileSync(path.join(home, '.npmrc'), `registry=${upstream}\n@understory:registry=${ours}/\n`);
  writeFileSync(path.join(home, '.yarnrc'), `registry "${upstream}"\n"@understory:registry" "${ours}/"\n`);
  mkdirSync(bin);
  script(path.join(bin, 'pnpm'), `exec "${path.join(ROOT, 'node_modules/.bin/pnpm')}" "$@"`);
  script(path.join(bin, 'yarn'), 'exec npx --yes yarn@1.22.22 "$@"');
  withoutCompilers(bin);
  const env = {
    ...{ PATH: bin, HOME: home, CXX: '', XDG_CACHE_HOME: '', UNDERSTORY_CACHE: '', UNDERSTORY_PREBUILT: '' },
    YARN_CACHE_FOLDER: path.join(home, '.yarn'),
  };
  return {
    ...{ home, upstream },
    folder: (name) => {
      const folder = path.join(where, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    run: (folder, line, more = {}) => runIn(folder, 'bash', ['-c', line], { ...env, ...more }),
  };
};

export const INSTALL: Readonly<Record<Manager, string>> = {
  npm: 'npm install',
  pnpm: 'pnpm install',
  yarn: 'yarn install',
};

/** A line that ended with an error. */
export class FailedLine extends Error {
  /** All that it said. */
  readonly text: string;
  constructor(line: string, text: string) {
    super(`$ ${line}\n${text.slice(-1500)}`);
    this.text = text;
  }
}

/** What the line says; throws `FailedLine` where it fails. */
export const must = async (user: User, folder: string, line: string): Promise<string> => {
  const { status, text } = await user.run(folder, line);
  if (status !== 0) throw new FailedLine(line, text);
  return text;
};
