import { readFileSync } from 'node:fs';
import { UnderstoryError } from '@understory/core';
import type { Precision } from '../compile/target.ts';
import type { Engine } from './engine.ts';
import { run, SOON, succeeded } from './run.ts';

/** What a Linux kernel says of the first CPU's instruction sets; null on other systems. */
export const linuxFlags = (): ReadonlySet<string> | null => {
  try {
    const line = /^(?:flags|Features)\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    return line ? new Set(line.split(/\s+/)) : null;
  } catch {
    return null;
  }
};

/** Instruction sets that TensorFlow's kernels gain from, in the order of what they bring. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  x64: ['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16'],
  arm64: ['asimd', 'asimddp', 'bf16', 'i8mm', 'sve'],
};

/** The instruction sets of this CPU among those that matter; null where they cannot be told. */
export const instructionSets = async (): Promise<string[] | null> => {
  const flags = linuxFlags();
  if (flags) return (WANTED[process.arch] ?? []).filter((name) => flags.has(name));
  const ran = await run('sysctl', ['-a'], { timeout: SOON });
  if (!succeeded(ran)) return null;
  return [...ran.stdout.matchAll(/^hw\.optional\.(?:arm\.FEAT_|)(\w+): 1$/gm)].map(([, name = '']) =>
    name.toLowerCase(),
  );
};

/** One line on how bfloat16 is computed here. */
export const bfloat16Support = async (
  { gpu }: Pick<Engine, 'gpu'>,
  precision: Precision = 'bfloat16',
): Promise<string> => {
  if (gpu) return 'bfloat16: by the GPU.';
  if (precision === 'bfloat16-stored')
    return 'bfloat16-stored: images and gradients take 16 bits in memory; products stay in float32.';
  const sets = await instructionSets();
  const products = sets?.includes('amx_bf16')
    ? 'convolutions, large dense layers and gradients are multiplied in it too (amx_bf16)'
    : sets?.includes('avx512_bf16')
      ? '1×1 and stem convolutions, large dense layers and gradients are multiplied in it too (avx512_bf16)'
      : 'products stay in float32, as this processor has no avx512_bf16';
  return `bfloat16: images and gradients take 16 bits in memory; ${products}.`;
};

/** TensorFlow's wheels for x86 use AVX throughout: without it the process would die while loading them. */
export const checkProcessor = (): void => {
  const flags = process.arch === 'x64' ? linuxFlags() : null;
  if (!flags || flags.has('avx')) return;
  throw new UnderstoryError(
    'unsupported-processor',
    "This machine's processor has no AVX instructions, which TensorFlow's wheels need. (An emulator or a virtual " +
      "machine may hide them: pass the host's CPU through.) Everything runs here on tfjs's own CPU backend.",
  );
};
