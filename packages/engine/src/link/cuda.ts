import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { unpackWith, withWheel, type UnpackOptions } from './unpack.ts';

/** The requirements that a wheel's METADATA lists for its extra `and-cuda`: `nvidia-cublas-cu12<13.0,>=12.5.3.2`. */
export const requirementsOf = (metadata: string): string[] =>
  [...metadata.matchAll(/^Requires-Dist: (nvidia-[^;\n]+?)\s*;[^\n]*extra == ["']and-cuda["']/gm)].map(
    ([, requirement = '']) => requirement.replaceAll(' ', ''),
  );

export const cudaRequirements = (wheel: string): Promise<string[]> =>
  withWheel(wheel, async (zip, entries) => {
    const metadata = entries.find((entry) => /^[^/]+\.dist-info\/METADATA$/.test(entry.fileName));
    return metadata ? requirementsOf(await text(await zip.openReadStreamPromise(metadata))) : [];
  });

// TensorFlow looks for them at `../nvidia/<part>/lib` from its own libraries.
const PARTS = /^nvidia\/[^/]+\/(?:lib|bin|nvvm)\/.*[^/]$/;

/** Writes NVIDIA's libraries from one of its wheels to where TensorFlow looks for them. */
export const unpackCuda = async (options: UnpackOptions): Promise<void> => {
  await unpackWith((name) => (PARTS.test(name) ? name : null), options);
};

/** NVIDIA's libraries that TensorFlow 2.21 opens when a GPU is there; without one of them it takes the CPU, in silence. */
export const NVIDIA_LIBRARIES: readonly string[] = [
  ...['libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12', 'libcufft.so.11', 'libcusolver.so.11'],
  ...['libcusparse.so.12', 'libcudnn.so.9'],
];

/** Those that do not lie beside an engine's libraries, where its installation puts them. */
export const missingNvidia = (folder: string): string[] => {
  const root = path.join(folder, 'nvidia');
  const parts = existsSync(root) ? readdirSync(root) : [];
  return NVIDIA_LIBRARIES.filter(
    (name) => !parts.some((part) => existsSync(path.join(root, part, 'lib', name))),
  );
};
