import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './workspace.ts';

export interface Ran {
  readonly status: number;
  readonly text: string;
}

/** What a user's own shell would hold: nothing of what npm or pnpm set for the command that runs this. */
const plainEnvironment = (): NodeJS.ProcessEnv => {
  const all = Object.entries(process.env).filter(
    ([key]) => !/^(npm_|pnpm_|NODE_OPTIONS$|NODE_PATH$|VITEST|INIT_CWD)/i.test(key),
  );
  return { ...Object.fromEntries(all), CI: '1', NODE_NO_WARNINGS: '1', YARN_CACHE_FOLDER: YARN_CACHE };
};

/** yarn tells packages in its cache apart by their version alone, and ours keeps it from one packing to the next. */
export const YARN_CACHE = path.join(tmpdir(), `understory-yarn-${process.pid}`);

/** Runs a program to its end; `more` is added to what a user's own shell would hold. */
export const runIn = (
  folder: string,
  command: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Ran> =>
  new Promise((resolve) => {
    const options = { cwd: folder, env: { ...plainEnvironment(), ...more }, maxBuffer: 1e8 };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({
        status: error ? 1 : 0,
        text: `${stdout}${stderr}${error && !stderr ? error.message : ''}`.trim(),
      });
    });
  });

export const MANAGERS = ['npm', 'pnpm', 'yarn'] as const;
export type Manager = (typeof MANAGERS)[number];

/** `npm install a b` and what it is called with the others. */
export const installWith = (
  manager: Manager,
  names: readonly string[],
): readonly [string, readonly string[]] => {
  if (manager === 'npm') return ['npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...names]];
  if (manager === 'pnpm')
    return [path.join(ROOT, 'node_modules/.bin/pnpm'), ['add', '--prefer-offline', ...names]];
  return [
    'npx',
    ['--yes', '--prefer-offline', 'yarn@1.22.22', 'add', '--prefer-offline', '--non-interactive', ...names],
  ];
};

/** An empty project that takes the packages of our scope from `registry`. */
export const emptyProject = (registry: string): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'understory-project-'));
  writeFileSync(
    path.join(folder, 'package.json'),
    '{ "name": "somebodys", "version": "1.0.0", "private": true }\n',
  );
  writeFileSync(path.join(folder, '.npmrc'), `@understory:registry=${registry}/\n`);
  return folder;
};

export const removeProject = (folder: string): void => rmSync(folder, { recursive: true, force: true });

const subfolders = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => path.join(folder, name));

/** Every package of a `node_modules`, those inside of others and in pnpm's store too. */
const installed = (modules: string): string[] => {
  if (!existsSync(modules)) return [];
  const store = path.join(modules, '.pnpm');
  const stored = existsSync(store) ? subfolders(store).map((one) => path.join(one, 'node_modules')) : [];
  const named = subfolders(modules).flatMap((one) =>
    path.basename(one).startsWith('@') ? subfolders(one) : [one],
  );
  const within = named.map((one) => path.join(one, 'node_modules'));
  return [...named, ...[...within, ...stored].flatMap(installed)];
};

interface Scripted {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** The scripts that npm runs when it installs what lies in a project's `node_modules`, each with its package. */
export const installScripts = (project: string): readonly string[] =>
  installed(path.join(project, 'node_modules'))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .flatMap((folder) => {
      const { name, scripts = {} } = JSON.parse(
        readFileSync(path.join(folder, 'package.json'), 'utf8'),
      ) as Scripted;
      const own = ['preinstall', 'install', 'postinstall'].filter((key) => Object.hasOwn(scripts, key));
      const gyp =
        own.length === 0 && existsSync(path.join(folder, 'binding.gyp')) ? ['node-gyp rebuild'] : [];
      return [...own, ...gyp].map((script) => `${name ?? folder}: ${script}`);
    });

/** How many packages lie in a project. */
export const countInstalled = (project: string): number =>
  installed(path.join(project, 'node_modules')).length;

/** Runs `load` on each entry, and gives those on which it throws, with the reason. */
const failing = async (
  project: string,
  kind: string,
  entries: readonly string[],
): Promise<readonly string[]> => {
  const load = kind === 'module' ? 'import(entry)' : 'require(entry)';
  const program = `(async () => {
    for (const entry of ${JSON.stringify(entries)}) {
      try { ${kind === 'module' ? 'await ' : ''}${load}; } catch (error) { console.log(entry + ': ' + error.message); }
    }
    console.log('all were tried');
  })();`;
  const { text } = await runIn(project, process.execPath, [`--input-type=${kind}`, '-e', program]);
  return text.split('\n').filter((line) => line !== 'all were tried');
};

/** Those of the entries that an ES module cannot import, with the reason; and whatever they print while they are. */
export const notImported = (project: string, entries: readonly string[]): Promise<readonly string[]> =>
  failing(project, 'module', entries);

/** The same for `require` of a CommonJS module. */
export const notRequired = (project: string, entries: readonly string[]): Promise<readonly string[]> =>
  failing(project, 'commonjs', entries);

/** Whether this Node's `require` takes ES modules: from 20.19, 22.12 and 23 on. */
export const REQUIRES_MODULES = (process.features as { require_module?: boolean }).require_module === true;

const compilerOptions = (resolution: string): object => ({
  ...{ target: 'es2023', lib: ['es2023', 'dom'], strict: true, noEmit: true, types: [] },
  ...{ moduleResolution: resolution, module: resolution === 'bundler' ? 'esnext' : resolution },
});

/**
 * What TypeScript finds wrong when a program imports the entries, in our declarations too; tfjs's own declarations are not
 * without fault, and are left out.
 */
export const typeErrors = async (
  project: string,
  entries: readonly string[],
  resolution: 'node16' | 'bundler',
): Promise<readonly string[]> => {
  const folder = path.join(project, `types-${resolution}`);
  mkdirSync(folder);
  const names = entries.map((_entry, i) => `m${i}`);
  const lines = entries.map((entry, i) => `import * as m${i} from '${entry}';`);
  writeFileSync(
    path.join(folder, 'all.mts'),
    `${lines.join('\n')}\nexport const all = [${names.join(', ')}];\n`,
  );
  const config = { compilerOptions: compilerOptions(resolution), files: ['all.mts'] };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { text } = await runIn(folder, path.join(ROOT, 'node_modules/.bin/tsc'), [
    '-p',
    '.',
    '--pretty',
    'false',
  ]);
  return text
    .split('\n')
    .filter((line) => /error TS/.test(line) && /^all\.mts|@understory\/|^error/.test(line));
};
