import { existsSync } from 'node:fs';
import { backend, registerBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { registerFused } from '../eager/registerFused.ts';
import { findEngine, type EngineFolder } from './cache.ts';
import { addonPath } from './compile.ts';
import type { Engine } from './engine.ts';
import { buildAddons, type Installed } from './install.ts';
import { restoreUtil } from './nodeCompat.ts';
import { addonSource, bindingSource, requireHere, tfjsNodeFolder } from './sources.ts';
import { targetOf } from './target.ts';
import { prepareEnvironment, threadCount } from './threads.ts';

interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

type BackendModule = { NodeJSKernelBackend: new (binding: Binding, name: string) => KernelBackend };

let loading: Promise<Engine> | undefined;

/**
 * Puts tfjs on native TensorFlow where the engine is installed, else on its own CPU backend; registers all kernels and
 * gradients. Call it before any tensor is made. Later calls in the process give the same engine.
 */
export const loadEngine = (): Promise<Engine> => (loading ??= load());

const load = async (): Promise<Engine> => {
  try {
    const target = targetOf();
    const at = findEngine(target.key);
    if (!at) return await fallBack('it is not installed: `understory engine install` does that');
    return await loadNative(at, await upToDate(at, target));
  } catch (error) {
    return await fallBack(
      `it could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** The compiled addons, made afresh where their sources have changed since the installation. */
const upToDate = async (
  at: EngineFolder,
  target: ReturnType<typeof targetOf>,
): Promise<Omit<Installed, 'folder' | 'tensorflow'>> => {
  const own = addonSource();
  const binding = addonPath(bindingSource(), at);
  const addon = own && addonPath(own, at);
  if (existsSync(binding) && (addon === null || existsSync(addon))) return { binding, addon };
  return buildAddons(at, target, {});
};

const loadNative = async (
  _at: EngineFolder,
  { binding, addon }: Omit<Installed, 'folder' | 'tensorflow'>,
): Promise<Engine> => {
  prepareEnvironment();
  restoreUtil();
  const native = requireHere(binding) as Binding;
  requireHere('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js'); // draws in @tensorflow/tfjs with its gradients
  const { NodeJSKernelBackend } = requireHere(
    '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js',
  ) as BackendModule;
  const { name } = requireHere(`${tfjsNodeFolder()}/package.json`) as { name: string };
  registerFused({ gpu: native.isUsingGpuDevice() });
  registerBackend('tensorflow', () => new NodeJSKernelBackend(native, name), 3);
  await setBackend('tensorflow');
  await ready();
  const threads = threadCount();
  return {
    native: true,
    tensorflow: native.TF_Version,
    description: `TensorFlow ${native.TF_Version}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    threads,
    gpu: native.isUsingGpuDevice(),
    addonPath: addon,
    notice: null,
  };
};

const fallBack = async (why: string): Promise<Engine> => {
  requireHere(requireHere.resolve('@tensorflow/tfjs', { paths: [tfjsNodeFolder()] }));
  await setBackend('cpu');
  await ready();
  Object.assign(backend(), { firstUse: false }); // else it advises on its first use to install tfjs-node
  return {
    native: false,
    tensorflow: null,
    description: "tfjs's own CPU backend, in JavaScript",
    threads: 1,
    gpu: false,
    addonPath: null,
    notice: `Runs without native TensorFlow, some 50 times slower; ${why}`,
  };
};
