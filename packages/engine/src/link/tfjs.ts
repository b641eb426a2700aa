import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Node's `require`, by a type that needs none of Node's. */
interface Require {
  (name: string): unknown;
  resolve(name: string): string;
}

export const requireHere: Require = createRequire(import.meta.url);

/** A folder of this package. */
export const here = (folder: string): string => fileURLToPath(new URL(`../../${folder}/`, import.meta.url));

/**
 * tfjs's own binding to TensorFlow: its C++ sources and its kernels. A published package brings them (`vendor.mjs` copies
 * them), since tfjs-node-gpu's install script would fetch a TensorFlow of its own.
 */
export const tfjsNodeFolder = (): string => {
  const brought = path.join(here('vendor'), 'tfjs-node-gpu');
  return existsSync(brought)
    ? brought
    : path.dirname(requireHere.resolve('@tensorflow/tfjs-node-gpu/package.json'));
};

/** Loads a script of tfjs's binding: `nodejs_kernel_backend`, `register_all_kernels`. */
export const requireTfjsNode = (script: string): unknown =>
  requireHere(path.join(tfjsNodeFolder(), 'dist', `${script}.js`));

const resolved = (name: string): string | null => {
  try {
    return requireHere.resolve(name);
  } catch {
    return null;
  }
};

/**
 * Registers what `@tensorflow/tfjs` does: gradients, chained ops and the backend `cpu`. Where the project has that package
 * it is the one that is loaded, so that importing it later puts nothing in the place of the engine's own gradients.
 */
export const registerTfjs = (): void => {
  requireHere(resolved('@tensorflow/tfjs') ?? path.join(here('vendor'), 'gradients.cjs'));
  requireHere('@tensorflow/tfjs-backend-cpu');
};
