import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  renameSync,
  truncateSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { TENSORFLOW, targetOf } from '../target.ts';

export interface StandInOptions {
  /** An engine folder whose headers to take. */
  readonly include: string;
  /** Compiled addons, whose undefined symbols the stand-in defines. */
  readonly addons: readonly string[];
  readonly into: string;
  /** Bytes to which the larger library is filled up with zeros. */
  readonly bytes?: number;
  /** A library to leave out. */
  readonly without?: string;
}

/** The C functions of TensorFlow that addons call. */
const symbolsOf = (addons: readonly string[]): string[] => {
  const listed = execFileSync('nm', ['-D', '--undefined-only', ...addons], { encoding: 'utf8' });
  return [...new Set([...listed.matchAll(/ U (TFE?_\w+)/g)].map(([, name]) => name!))];
};

const library = (file: string, source: string): void => {
  writeFileSync(`${file}.cc`, source);
  execFileSync('g++', ['-shared', '-fPIC', `${file}.cc`, '-o', file, `-Wl,-soname,${path.basename(file)}`]);
};

/**
 * A wheel with the name and layout of TensorFlow's, a few kB small: its library has the same functions, and they do
 * nothing. Bindings compile and load against it.
 */
export const standInWheel = ({ include, addons, into, bytes, without }: StandInOptions): string => {
  const { libraries, tag } = targetOf();
  const tree = path.join(into, 'tree');
  const tensorflow = path.join(tree, 'tensorflow');
  mkdirSync(tensorflow, { recursive: true });
  cpSync(include, path.join(tensorflow, 'include'), { recursive: true });
  const functions = symbolsOf(addons).filter((name) => name !== 'TF_Version');
  const body = functions.map((name) => `void* ${name}() { return 0; }`).join('\n');
  const [big, small] = libraries.map((name) => path.join(tensorflow, name)) as [string, string];
  library(big, `extern "C" {\nconst char* TF_Version() { return "${TENSORFLOW}"; }\n${body}\n}\n`);
  library(small, '');
  if (bytes !== undefined) truncateSync(big, Math.max(bytes, statSync(big).size));
  const info = path.join(tree, `tensorflow_cpu-${TENSORFLOW}.dist-info`);
  mkdirSync(info);
  writeFileSync(
    path.join(info, 'METADATA'),
    `Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: ${TENSORFLOW}\n`,
  );
  writeFileSync(path.join(info, 'WHEEL'), `Wheel-Version: 1.0\nTag: cp312-cp312-${tag}\n`);
  appendFileSync(path.join(info, 'RECORD'), '');
  if (without) renameSync(path.join(tensorflow, without), path.join(tensorflow, 'elsewhere'));
  const wheel = path.join(into, `tensorflow_cpu-${TENSORFLOW}-cp312-cp312-${tag}.whl`);
  execFileSync('python3', ['-m', 'zipfile', '-c', wheel, tensorflow, info], { cwd: tree });
  return wheel;
};
