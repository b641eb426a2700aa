import { existsSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findBuilt } from './build.ts';
import { cacheRoots, writableRoot } from './cache.ts';
import { findCompiler } from './compileAddon.ts';
import { missingNvidia } from './cuda.ts';
import { noCompiler, noPip, size } from './failures.ts';
import { findPip } from './pip.ts';
import { missingPrebuilt } from './prebuilt/find.ts';
import { PLATFORM_PACKAGE } from './prebuilt/record.ts';
import { instructionSets } from './processor.ts';
import { run, SOON, succeeded } from './run.ts';
import { engineSources } from './sources.ts';
import { installedEngine, type InstalledEngine } from './status.ts';
import { targetOf, TENSORFLOW } from './target.ts';
import { threadCount } from './threads.ts';

/** One thing that the engine needs or gains from. */
export interface Check {
  /** Stable: `node`, `compiler`, `pip`, `engine`, `nvidia` (of an engine for CUDA), `devices`, `threads`, `instructions`, `cache`, `disk`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly value: string;
  /** What to do where it is not well. */
  readonly cure?: string;
}

const INSTALL = 'Run `understory engine install`.';
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const node = (): Check => {
  const ok = Number(process.versions.node.split('.')[0]) >= 20;
  return { name: 'node', ok, value: process.version, ...(!ok && { cure: 'Install Node 20 or newer.' }) };
};

const INSTALLED = 'the engine is installed';

/** A tool that only an installation needs, and not each: its lack is no illness where there is a reason to do without. */
const tool = (name: string, found: string | null, without: string | null, cure: string): Check => {
  if (found) return { name, ok: true, value: found };
  return without === null
    ? { name, ok: false, value: 'none', cure }
    : { name, ok: true, value: `none; not needed, since ${without}` };
};

/** Why no compiler is needed; null where one is. */
const withoutCompiler = (): string | null =>
  missingPrebuilt(engineSources()) === null ? `${PLATFORM_PACKAGE} brings what it would make` : null;

const engineCheck = (found: InstalledEngine | null): Check => {
  const name = 'engine';
  try {
    const target = found?.target ?? targetOf();
    if (!found) return { name, ok: false, value: 'not installed', cure: INSTALL };
    const value = `TensorFlow ${TENSORFLOW}${target.cuda ? ' for CUDA' : ''} in ${found.at.folder}`;
    const caution = target.tested ? '' : ' (nobody has tried it on such a machine yet)';
    if (findBuilt(found.at)) return { name, ok: true, value: value + caution };
    return { name, ok: false, value: `${value}, bindings not compiled`, cure: INSTALL };
  } catch (error) {
    return { name, ok: false, value: 'none for this machine', cure: messageOf(error) };
  }
};

/** NVIDIA's libraries, where the engine for CUDA is installed. */
const nvidia = (found: InstalledEngine | null): Check[] => {
  if (!found?.target.cuda) return [];
  const missing = missingNvidia(found.at.folder);
  if (missing.length === 0) return [{ name: 'nvidia', ok: true, value: "NVIDIA's libraries are there" }];
  const cure = `Remove ${found.at.folder} and run \`understory engine install --cuda\`.`;
  return [
    { name: 'nvidia', ok: false, value: `${missing.join(', ')} missing: TensorFlow takes the CPU`, cure },
  ];
};

const PROBE =
  'const b = require(process.argv[1]); process.stdout.write(b.isUsingGpuDevice() ? "gpu" : "cpu");';

/** Asks the binding in a process of its own, which may die of it. */
const devices = async (found: InstalledEngine | null): Promise<Check> => {
  const name = 'devices';
  const smi = await run('nvidia-smi', ['-L'], { timeout: SOON });
  const cards = succeeded(smi)
    ? smi.stdout
        .trim()
        .replaceAll(/ \(UUID.*?\)/g, '')
        .split('\n')
        .join(', ')
    : '';
  const built = found && findBuilt(found.at);
  const cuda =
    cards && !found?.target.cuda ? { cure: 'For the GPU: `understory engine install --cuda`.' } : {};
  if (!built) return { name, ok: true, value: `CPU, in JavaScript${cards && `; unused: ${cards}`}`, ...cuda };
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
  const ran = await run(process.execPath, ['-e', PROBE, built.binding], { env, timeout: 3 * SOON });
  if (!succeeded(ran)) {
    const why =
      ran.stderr
        .trim()
        .split('\n')
        .find((line) => line.includes('Error')) ??
      ran.signal ??
      '';
    return {
      name,
      ok: false,
      value: `TensorFlow does not load: ${why}`,
      cure: `Remove ${found.at.folder}. ${INSTALL}`,
    };
  }
  if (ran.stdout === 'gpu') return { name, ok: true, value: `GPU${cards && `: ${cards}`}` };
  return { name, ok: true, value: `CPU${cards && `; unused: ${cards}`}`, ...cuda };
};

const instructions = async (): Promise<Check> => {
  const sets = await instructionSets();
  const ok = process.arch !== 'x64' || sets === null || sets.includes('avx');
  const value = sets === null ? 'unknown' : sets.join(' ') || 'none that TensorFlow gains from';
  const cure =
    "TensorFlow's wheels need AVX: use another machine, or pass the host's CPU through to the virtual one.";
  return { name: 'instructions', ok, value, ...(!ok && { cure }) };
};

const cache = (found: InstalledEngine | null): Check => {
  const name = 'cache';
  if (found) return { name, ok: true, value: found.at.root };
  try {
    return { name, ok: true, value: writableRoot() };
  } catch (error) {
    return { name, ok: false, value: cacheRoots()[0]!, cure: messageOf(error) };
  }
};

/** Free bytes; null where the system does not say. */
const freeAt = (folder: string): number | null => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
};

const disk = (found: InstalledEngine | null): Check => {
  let folder = found?.at.root ?? cacheRoots()[0]!;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const name = 'disk';
  const free = freeAt(folder);
  if (free === null) return { name, ok: true, value: `unknown at ${folder}` };
  const needed = found ? 0 : 1.2e9;
  const ok = free >= needed;
  const cure = `The engine needs ${size(needed)}: free some, or set UNDERSTORY_CACHE to a folder on another disk.`;
  return { name: 'disk', ok, value: `${size(free)} free at ${folder}`, ...(!ok && { cure }) };
};

const find = (): InstalledEngine | null => {
  try {
    return installedEngine();
  } catch {
    return null; // an unsupported platform; the engine's own check says so
  }
};

/** Looks at everything that the engine needs, and says what to do where something is missing. Changes nothing but to make the cache's folder. */
export const doctor = async (): Promise<Check[]> => {
  const found = find();
  const installed = found !== null && findBuilt(found.at) !== null ? INSTALLED : null;
  const [compiler, pip, seen, sets] = await Promise.all([
    findCompiler(),
    findPip(),
    devices(found),
    instructions(),
  ]);
  const called = pip && `pip ${pip.version} by \`${[pip.command, ...pip.args].join(' ')}\``;
  const cpus = os.availableParallelism();
  return [
    node(),
    tool('compiler', compiler && compiler.version, installed ?? withoutCompiler(), noCompiler().message),
    tool('pip', called, installed, noPip().message),
    engineCheck(found),
    ...nvidia(found),
    seen,
    { name: 'threads', ok: true, value: `${threadCount()} of ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}` },
    sets,
    cache(found),
    disk(found),
  ];
};
