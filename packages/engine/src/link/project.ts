import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { errnoOf } from '@understory/core/node';
import { buildAddon } from './buildAddon.ts';
import { run, succeeded } from './run.ts';
import { linkedSource } from './sources.ts';
import { installedEngine } from './status.ts';
import { TENSORFLOW } from './target.ts';

const NAMES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] as const;

/** A package of somebody's project that runs on the engine's TensorFlow now. */
export interface Linked {
  readonly name: (typeof NAMES)[number];
  readonly version: string;
  /** The binding that was put into it. */
  readonly file: string;
  readonly tensorflow: string;
}

interface Found {
  readonly name: (typeof NAMES)[number];
  readonly folder: string;
  readonly version: string;
  /** Where the package's own loader looks for its binding. */
  readonly file: string;
}

interface Manifest {
  readonly version: string;
  readonly binary?: { readonly napi_versions?: readonly number[]; readonly module_name?: string };
}

/** The package that Node would find from the project; what NODE_PATH adds is somebody else's. */
const manifestOf = (project: string, name: string): string | null => {
  for (let folder = project; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'node_modules', name, 'package.json');
    if (existsSync(file)) return realpathSync(file);
    if (path.dirname(folder) === folder) return null;
  }
};

const find = (project: string, name: (typeof NAMES)[number]): Found | null => {
  const manifest = manifestOf(project, name);
  if (!manifest) return null;
  const folder = path.dirname(manifest);
  const { version, binary } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  const runs = Number(process.versions.napi);
  const napi = Math.max(...(binary?.napi_versions ?? [8]).filter((v) => v <= runs));
  const file = path.join(folder, 'lib', `napi-v${napi}`, `${binary?.module_name ?? 'tfjs_binding'}.node`);
  return { name, folder, version, file };
};

const findAll = (project: string): Found[] => {
  if (!existsSync(path.join(project, 'package.json'))) {
    throw new UnderstoryError(
      'not-a-project',
      `${project} has no package.json. Name the folder of a Node project that uses ${NAMES.join(' or ')}.`,
    );
  }
  const found = NAMES.map((name) => find(project, name)).filter((f) => f !== null);
  if (found.length > 0) return found;
  throw new UnderstoryError(
    'no-tfjs-node',
    `${project} has neither ${NAMES.join(' nor ')} installed. ` +
      `Run \`npm install --ignore-scripts ${NAMES[0]}\` there first: the engine brings what its install script would fetch.`,
  );
};

const CHECK = `
const tf = require(process.argv[1]);
const [y] = tf.matMul(tf.tensor2d([[2, 3]]), tf.tensor2d([[5], [7]])).dataSync();
if (y !== 31) throw new Error('2·5 + 3·7 gave ' + y);
const top = tf.topk(tf.tensor1d([1, 3, 2]), 1).values.dataSync()[0];
if (top !== 3) throw new Error('the largest of 1, 3 and 2 gave ' + top);
process.stdout.write(tf.backend().binding.TF_Version);
`;

/** Loads the package from its project, as that project would, and computes. */
const check = async (project: string, { name }: Found): Promise<string> => {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '', NODE_PATH: '' };
  const ran = await run(process.execPath, ['-e', CHECK, name], { cwd: project, env });
  if (succeeded(ran)) return ran.stdout.trim().split('\n').at(-1)!;
  const why =
    ran.stderr.split('\n').find((line) => line.includes('Error')) ?? ran.signal ?? ran.stderr.trim();
  throw new UnderstoryError(
    'link-failed',
    `${name} in ${project} does not run on TensorFlow ${TENSORFLOW}: ${why}. Its old binding is back.`,
  );
};

/** Puts `file` in the place of the package's binding while `fn` approves of it, and the old one back where it does not. */
const replacing = async <T>(place: string, file: string, fn: () => Promise<T>): Promise<T> => {
  const old = `${place}.before-understory`;
  try {
    mkdirSync(path.dirname(place), { recursive: true });
    copyFileSync(file, `${place}.new`);
    if (existsSync(place)) renameSync(place, old);
    renameSync(`${place}.new`, place); // a new file: the old one may be shared with other projects
  } catch (error) {
    rmSync(`${place}.new`, { force: true });
    throw errnoOf(error) ? cannotWrite(place, error) : error;
  }
  try {
    const result = await fn();
    rmSync(old, { force: true });
    return result;
  } catch (error) {
    if (existsSync(old)) renameSync(old, place);
    else rmSync(place, { force: true });
    throw error;
  }
};

const cannotWrite = (place: string, cause: unknown): UnderstoryError =>
  new UnderstoryError(
    'project-not-writable',
    `${path.dirname(place)} cannot be written (${errnoOf(cause)}). Make it writable, then link again.`,
    { cause },
  );

/**
 * Makes `require('@tensorflow/tfjs-node')` or `-gpu` in somebody else's project run on the engine's TensorFlow, on any
 * Node from 20 on. The binding is compiled from the project's own copy of the package, none of whose files is changed.
 * Errors: `not-a-project`, `no-tfjs-node`, `engine-not-installed`, `project-not-writable`, `link-failed`, and those of
 * compiling.
 */
export const linkProject = async (folder: string): Promise<Linked[]> => {
  const project = path.resolve(folder);
  const found = findAll(project);
  const engine = installedEngine();
  if (!engine) {
    throw new UnderstoryError(
      'engine-not-installed',
      'There is no TensorFlow to link yet: run `understory engine install` first.',
    );
  }
  const linked: Linked[] = [];
  for (const one of found) {
    const source = linkedSource(one.folder);
    if (source.files.length === 0) {
      throw new UnderstoryError(
        'link-failed',
        `${one.name} ${one.version} in ${project} comes without the sources of its binding; version 4 has them.`,
      );
    }
    const addon = await buildAddon({ source, ...engine });
    const tensorflow = await replacing(one.file, addon, () => check(project, one));
    linked.push({ name: one.name, version: one.version, file: one.file, tensorflow });
  }
  return linked;
};
