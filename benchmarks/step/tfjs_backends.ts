import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs';
import { findBuilt } from '../../packages/engine/src/link/build.ts';
import { restoreUtil } from '../../packages/engine/src/link/nodeCompat.ts';
import { installedEngine } from '../../packages/engine/src/link/status.ts';
import { prepareEnvironment } from '../../packages/engine/src/link/threads.ts';

type Tf = typeof tfjs;

/** tfjs with a backend that is ready, and a word on it. */
export interface Loaded {
  readonly tf: Tf;
  readonly ready: string;
}

/** tfjs-node's own kernels and gradients, without ours, over the TensorFlow that the engine has installed. */
const tensorflow = async (): Promise<Loaded> => {
  prepareEnvironment();
  restoreUtil();
  const require = createRequire(new URL('../../packages/engine/package.json', import.meta.url));
  const binding = require(findBuilt(installedEngine()!.at)!.binding) as { TF_Version: string };
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: new (binding: object, name: string) => tfjs.KernelBackend;
  };
  const tf = require('@tensorflow/tfjs') as Tf;
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu'), 3);
  await tf.setBackend('tensorflow');
  return { tf, ready: `TensorFlow ${binding.TF_Version} under tfjs-node` };
};

/** tfjs's WebAssembly backend, as its package comes. */
const wasm = async (): Promise<Loaded> => {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs') as Tf;
  const backend = require('@tensorflow/tfjs-backend-wasm') as { version_wasm: string };
  await tf.setBackend('wasm');
  await tf.ready();
  return { tf, ready: `tfjs-backend-wasm ${backend.version_wasm}, backend ${tf.getBackend()}` };
};

export const load = (backend: string): Promise<Loaded> => (backend === 'wasm' ? wasm() : tensorflow());
