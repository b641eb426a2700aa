import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { concurrently, UnderstoryError } from '@understory/core';
import { checkLoads, type AddonSource } from './addon.ts';
import type { EngineFolder } from './cache.ts';
import { diskFull, noCompiler } from './failures.ts';
import { run, SOON, succeeded } from './run.ts';
import type { Target } from './target.ts';

/** `g++` or its kin with its version's first line, or null. */
export const findCompiler = async (
  signal?: AbortSignal,
): Promise<{ command: string; version: string } | null> => {
  const named = process.env.CXX ? [process.env.CXX] : [];
  for (const command of [...named, 'g++', 'clang++', 'c++']) {
    const ran = await run(command, ['--version'], { signal, timeout: SOON });
    const [version = ''] = ran.stdout.split('\n');
    if (succeeded(ran)) return { command, version: version.trim() };
  }
  return null;
};

/** How an addon is made that other machines are to load. */
export interface Portable {
  /** Stands in the addon for the folder of TensorFlow's libraries, which only those machines know. */
  readonly lib: string;
}

export interface CompileOptions {
  readonly source: AddonSource;
  readonly at: EngineFolder;
  readonly target: Target;
  readonly signal?: AbortSignal | undefined;
  readonly portable?: Portable;
  /** Why no addon that is compiled already was taken, for the message where there is no compiler. */
  readonly because?: string | null;
}

type Call = (args: readonly string[]) => Promise<void>;

/** Compiles an addon and loads it once; gives its path, a passing name in the folder `built` that the caller moves. */
export const compileAddon = async (options: CompileOptions): Promise<string> => {
  const { source, at, signal, portable, because = null } = options;
  const compiler = await findCompiler(signal);
  if (!compiler) throw noCompiler(because);
  const made = path.join(at.built, `.${randomUUID()}.node`); // finds its libraries from where it will stay
  const work = mkdtempSync(path.join(at.built, '.work-'));
  try {
    const call: Call = (args) => callCompiler(compiler.command, args, { cwd: work, signal });
    const objects = await concurrently(source.files, os.availableParallelism(), async (file) => {
      const object = `${path.basename(file)}.o`;
      await call([...compileArguments(options), '-c', file, '-o', object]);
      return object;
    });
    const libraries = source.alone ? ALONE : await linkArguments(options, call, work);
    await call(['-shared', ...objects, '-o', made, ...libraries, ...(portable ? SELF_CONTAINED : [])]);
    await checkLoads(made, signal);
    return made;
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

const compileArguments = ({ source, at, portable }: CompileOptions): string[] => [
  ...['-O2', '-std=c++17', '-fPIC', `-DNAPI_VERSION=${source.napi}`],
  ...[...source.includes, at.include].map((folder) => `-I${folder}`),
  ...(source.before ?? []).flatMap((header) => ['-include', header]),
  // No paths of the machine that made it.
  ...(portable ? [at.include, ...source.includes].map((folder) => `-ffile-prefix-map=${folder}=.`) : []),
];

const ALONE = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];

/** Asks for no C++ library of the compiler that linked it, and shows none of it to others. */
const SELF_CONTAINED =
  process.platform === 'linux' ? ['-static-libstdc++', '-static-libgcc', '-Wl,--exclude-libs,ALL', '-s'] : [];

/**
 * What the linker needs to know of TensorFlow. On Linux an empty library of the same name stands in for each real one:
 * searching 800 MB of symbols takes ten seconds, and the loader will find them by name anyhow.
 */
const linkArguments = async (
  { target: { libraries }, at, portable }: CompileOptions,
  call: Call,
  work: string,
): Promise<string[]> => {
  const lib = portable?.lib ?? at.lib;
  if (process.platform === 'darwin') {
    const real = libraries.map((name) => path.join(at.lib, name));
    return ['-undefined', 'dynamic_lookup', ...real, '-Wl,-rpath,@loader_path/../lib', `-Wl,-rpath,${lib}`];
  }
  writeFileSync(path.join(work, 'empty.cc'), '');
  for (const name of libraries)
    await call(['-shared', '-fPIC', 'empty.cc', '-o', name, `-Wl,-soname,${name}`]);
  return ['-Wl,--no-as-needed', ...libraries, `-Wl,-rpath,$ORIGIN/../lib:${lib}`];
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
  const lines = words.split('\n');
  const first = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? '';
  throw new UnderstoryError(
    'compile-failed',
    `${command} could not compile the engine's bindings: ${first.trim()}. ` +
      `Name another C++17 compiler in CXX, or report this.\n${words.slice(0, 4000)}`,
  );
};
