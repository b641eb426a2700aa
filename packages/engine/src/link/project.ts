import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { linkedVersion, putBinding, takeBinding } from './binding.ts';
import { buildAddon } from './buildAddon.ts';
import { findPackages, type Found } from './packages.ts';
import type { OnProgress } from './progress.ts';
import { run, succeeded } from './run.ts';
import { linkedSource } from './sources.ts';
import { installedEngine, type InstalledEngine } from './status.ts';
import { TENSORFLOW } from './target.ts';

/** A package of somebody's project that runs on the engine's TensorFlow now. */
export interface Linked extends Pick<Found, 'name' | 'version'> {
  /** The binding that was put into it. */
  readonly file: string;
  readonly tensorflow: string;
}

export interface LinkOptions {
  readonly progress?: OnProgress | undefined;
  /** Takes the engine for CUDA, and no other. */
  readonly cuda?: boolean;
}

const CHECK = `
const tf = require(process.argv[1]);
const [y] = tf.matMul(tf.tensor2d([[2, 3]]), tf.tensor2d([[5], [7]])).dataSync();
if (y !== 31) throw new Error('2·5 + 3·7 gave ' + y);
const top = tf.topk(tf.tensor1d([1, 3, 2]), 1).values.dataSync()[0];
if (top !== 3) throw new Error('the largest of 1, 3 and 2 gave ' + top);
const whole = tf.round(tf.tensor1d([5], 'int32')).dataSync()[0];
if (whole !== 5) throw new Error('5 rounded gave ' + whole);
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

const engineFor = ({ cuda = false }: LinkOptions): InstalledEngine => {
  const engine = installedEngine(undefined, cuda);
  if (engine) return engine;
  const flag = cuda ? ' --cuda' : '';
  throw new UnderstoryError(
    'engine-not-installed',
    `There is no TensorFlow${cuda ? ' for CUDA' : ''} to link yet: run \`npx @understory/engine install${flag}\` first.`,
  );
};

/**
 * Makes `require('@tensorflow/tfjs-node')` or `-gpu` in somebody else's project run on the engine's TensorFlow, on any
 * Node from 20 on. The binding is that of the project's own copy of the package, none of whose files is changed;
 * `unlinkProject` undoes it. Errors: `not-a-project`, `no-tfjs-node`, `engine-not-installed`, `project-not-writable`,
 * `link-failed`, and those of compiling.
 */
export const linkProject = async (folder: string, options: LinkOptions = {}): Promise<Linked[]> => {
  const project = path.resolve(folder);
  const found = findPackages(project);
  const engine = engineFor(options);
  const linked: Linked[] = [];
  for (const one of found) {
    const source = linkedSource(one.folder);
    if (source.files.length === 0) {
      throw new UnderstoryError(
        'link-failed',
        `${one.name} ${one.version} in ${project} comes without the sources of its binding; version 4 has them.`,
      );
    }
    const onCompile = (why: string | null): void =>
      options.progress?.({ stage: 'compile', done: 0, total: 1, unit: 'files', detail: one.name, why });
    const addon = await buildAddon({ source, ...engine, onCompile });
    const tensorflow = await putBinding(one.file, addon, () => check(project, one));
    linked.push({ name: one.name, version: one.version, file: one.file, tensorflow });
  }
  return linked;
};

/** A package of a project, and the TensorFlow of the engine that it is linked to; null where it is not. */
export type LinkState = Omit<Linked, 'tensorflow'> & { readonly tensorflow: string | null };

/** What of a project is linked. Errors: `not-a-project`, `no-tfjs-node`. */
export const projectStatus = (folder: string): LinkState[] =>
  findPackages(path.resolve(folder)).map(({ name, version, file }) => ({
    ...{ name, version, file },
    tensorflow: linkedVersion(file),
  }));

/**
 * Gives the packages of a project the bindings back that they had, none where they had none, and removes all that linking put
 * there; the names of those that were linked. Errors: `not-a-project`, `no-tfjs-node`, `project-not-writable`.
 */
export const unlinkProject = (folder: string): Found['name'][] =>
  findPackages(path.resolve(folder))
    .filter(({ file }) => takeBinding(file))
    .map(({ name }) => name);
