import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { concurrently, UnderstoryError } from '@understory/core';
import type { EngineFolder } from './cache.ts';
import { noCompiler, diskFull } from './failures.ts';
import { run, SOON, succeeded } from './run.ts';
import { TENSORFLOW, type Target } from './target.ts';

/** A native addon to be made from sources. */
export interface AddonSource {
  /** `tfjs_binding`, `understory`. */
  readonly name: string;
  readonly files: readonly string[];
  /** Headers that the sources include: part of what decides whether to compile again. */
  readonly headers: readonly string[];
  readonly includes: readonly string[];
  /** Headers that every source includes first. */
  readonly before?: readonly string[];
  /** Calls nothing of TensorFlow, and must not load it. */
  readonly alone?: boolean;
  readonly napi: number;
}

/** `g++` or its kin with its version's first line, or null. */
export const findCompiler = async (
  signal?: AbortSignal,
): Promise<{ command: string; version: string } | null> => {
  const named = process.env.CXX ? [process.env.CXX] : [];
  for (const command of [...named, 'g++', 'clang++', 'c++']) {
    const ran = await run(command, ['--version'], { signal, timeout: SOON });
    if (succeeded(ran)) return { command, version: ran.stdout.split('\n')[0]!.trim() };
  }
  return null;
};

/** To be raised with every change in how addons are compiled, so that they are compiled again. */
const LINKING = 2;

/** Where the compiled addon of these very sources lies, whether it is there yet or not. */
export const addonPath = (source: AddonSource, at: EngineFolder): string => {
  const hash = createHash('sha256').update(
    `${TENSORFLOW} ${LINKING} napi${source.napi} ${process.platform}-${process.arch}`,
  );
  for (const file of [...source.files, ...source.headers])
    hash.update(path.basename(file)).update(readFileSync(file));
  return path.join(at.built, `${source.name}-${hash.digest('hex').slice(0, 16)}.node`);
};

export interface AddonOptions {
  readonly source: AddonSource;
  readonly at: EngineFolder;
  readonly target: Target;
  readonly signal?: AbortSignal | undefined;
}

/** Compiles an addon, unless these sources were compiled before; returns its path. */
export const buildAddon = async ({ source, at, target, signal }: AddonOptions): Promise<string> => {
  const result = addonPath(source, at);
  if (existsSync(result)) return result;
  const compiler = await findCompiler(signal);
  if (!compiler) throw noCompiler();
  const made = path.join(at.built, `.${randomUUID()}.node`); // finds its libraries from where it will stay
  const work = mkdtempSync(path.join(at.built, '.work-'));
  try {
    const call = (args: readonly string[]): Promise<void> =>
      callCompiler(compiler.command, args, { cwd: work, signal });
    const common = ['-O2', '-std=c++17', '-fPIC', `-DNAPI_VERSION=${source.napi}`];
    const includes = [
      ...[...source.includes, at.include].map((folder) => `-I${folder}`),
      ...(source.before ?? []).flatMap((header) => ['-include', header]),
    ];
    const objects = await concurrently(source.files, os.availableParallelism(), async (file) => {
      const object = `${path.basename(file)}.o`;
      await call([...common, ...includes, '-c', file, '-o', object]);
      return object;
    });
    const libraries = source.alone ? ALONE : await linkArguments(target, at, call, work);
    await call(['-shared', ...objects, '-o', made, ...libraries]);
    await checkLoads(made, signal);
    renameSync(made, result);
    return result;
  } finally {
    rmSync(made, { force: true });
    rmSync(work, { recursive: true, force: true });
  }
};

const ALONE = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];

/**
 * What the linker needs to know of TensorFlow. On Linux an empty library of the same name stands in for each real one:
 * searching 800 MB of symbols takes ten seconds, and the loader will find them by name anyhow.
 */
const linkArguments = async (
  { libraries }: Target,
  { lib }: EngineFolder,
  call: (args: readonly string[]) => Promise<void>,
  work: string,
): Promise<string[]> => {
  if (process.platform === 'darwin') {
    const real = libraries.map((name) => path.join(lib, name));
    return ['-undefined', 'dynamic_lookup', ...real, '-Wl,-rpath,@loader_path/../lib', `-Wl,-rpath,${lib}`];
  }
  writeFileSync(path.join(work, 'empty.cc'), '');
  for (const name of libraries)
    await call(['-shared', '-fPIC', 'empty.cc', '-o', name, `-Wl,-soname,${name}`]);
  return ['-Wl,--no-as-needed', ...libraries, `-Wl,-rpath,$ORIGIN/../lib:${lib}`];
};

/** Loads the addon in a process of its own: what this system cannot load must not take the caller down. */
const checkLoads = async (file: string, signal?: AbortSignal): Promise<void> => {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
  const ran = await run(process.execPath, ['-e', 'require(process.argv[1])', file], { signal, env });
  if (succeeded(ran)) return;
  const said =
    /^Error: .*$/m.exec(ran.stderr)?.[0] ?? `it ended with ${ran.signal ?? `status ${ran.status}`}`;
  throw new UnderstoryError(
    'binding-broken',
    `TensorFlow ${TENSORFLOW} was linked, but this system cannot load it: ${said}. ` +
      `It needs glibc 2.27 or newer and the C++ library of the compiler that linked it.`,
  );
};

const callCompiler = async (
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2],
): Promise<void> => {
  const ran = await run(command, args, options);
  if (succeeded(ran)) return;
  if (/No space left on device|File too large|quota exceeded/i.test(ran.stderr))
    throw diskFull(options?.cwd ?? '.', 50e6);
  const words = (ran.failure ?? ran.stderr.trim()) || `it ended with ${ran.signal ?? `status ${ran.status}`}`;
  const first = words.split('\n').find((line) => /error/i.test(line)) ?? words.split('\n')[0]!;
  throw new UnderstoryError(
    'compile-failed',
    `${command} could not compile the engine's bindings: ${first.trim()}. ` +
      `Name another C++17 compiler in CXX, or report this.\n${words.slice(0, 4000)}`,
  );
};
