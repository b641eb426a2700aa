import { existsSync } from 'node:fs';
import { backend, ready, registerBackend, setBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import { registerFused } from '../eager/registerFused.ts';
import { build, builtPaths, findBuilt, type Built } from './build.ts';
import type { Engine } from './engine.ts';
import { explainSystem } from './failures.ts';
import { restoreUtil } from './nodeCompat.ts';
import { checkProcessor } from './processor.ts';
import type { EngineProgress } from './progress.ts';
import { quietly } from './quietly.ts';
import { installedEngine, type InstalledEngine } from './status.ts';
import { registerTfjs, requireHere, requireTfjsNode } from './tfjs.ts';
import { prepareEnvironment, threadCount } from './threads.ts';

interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

interface BackendModule {
  readonly NodeJSKernelBackend: new (binding: Binding, packageName: string) => KernelBackend;
}

let loading: Promise<Engine> | undefined;

/**
 * Puts tfjs on native TensorFlow where the engine is installed, else on its own CPU backend with a `notice`; registers
 * all kernels and gradients. Call it before any tensor is made. Later calls in the process give the same engine.
 */
export const loadEngine = (): Promise<Engine> => (loading ??= load());

const load = async (): Promise<Engine> => {
  try {
    const found = installedEngine();
    if (!found) return await fallBack('the engine is not installed, `understory engine install` does that');
    checkProcessor();
    return await loadNative(await upToDate(found));
  } catch (error) {
    return await fallBack(`the engine could not be loaded: ${firstLine(error)}`);
  }
};

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();

interface Ready extends Built {
  readonly notice: string | null;
}

/** The compiled addons, made afresh where their sources have changed since the installation. */
const upToDate = async ({ at, target }: InstalledEngine): Promise<Ready> => {
  const built = findBuilt(at);
  if (built) return { ...built, notice: null };
  try {
    let notice: string | null = null;
    const progress = ({ why }: EngineProgress): void => {
      if (why != null) notice ??= `The engine's addons were compiled on this machine: ${why}`;
    };
    return { ...(await build({ at, target, progress })), notice };
  } catch (cause) {
    const error = explainSystem(cause, at.root, target);
    const paths = builtPaths(at);
    if (!existsSync(paths.binding) || !existsSync(paths.hush)) throw error;
    const notice = `Runs on TensorFlow, but op by op: steps cannot be compiled, since ${firstLine(error)}`;
    return { ...paths, addon: null, notice };
  }
};

const loadNative = async ({ binding, addon, hush, notice }: Ready): Promise<Engine> => {
  prepareEnvironment();
  restoreUtil();
  const native = quietly(hush, () => requireHere(binding) as Binding);
  registerTfjs();
  requireTfjsNode('register_all_kernels');
  const { NodeJSKernelBackend } = requireTfjsNode('nodejs_kernel_backend') as BackendModule;
  const gpu = native.isUsingGpuDevice();
  registerFused({ gpu, addon: addon !== null });
  registerBackend('tensorflow', () => new NodeJSKernelBackend(native, '@tensorflow/tfjs-node-gpu'), 3);
  await setBackend('tensorflow');
  await ready();
  const threads = threadCount();
  const device = gpu ? 'GPU' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const tensorflow = native.TF_Version;
  const description = `TensorFlow ${tensorflow}, ${device}`;
  return { native: true, tensorflow, description, threads, gpu, addonPath: addon, notice };
};

const fallBack = async (why: string): Promise<Engine> => {
  registerTfjs();
  await setBackend('cpu');
  await ready();
  Object.assign(backend(), { firstUse: false }); // else it advises on its first use to install tfjs-node
  return {
    native: false,
    tensorflow: null,
    description: "tfjs's own CPU backend",
    threads: 1,
    gpu: false,
    addonPath: null,
    notice: `Runs on tfjs's own CPU backend, some ${SLOWER} times slower than native TensorFlow: ${why}`,
  };
};

// A training step of six convolutions on 16 images of 32 pixels: 58 s in JavaScript, 0.14 s in TensorFlow on two cores.
const SLOWER = 400;
