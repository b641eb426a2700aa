import { existsSync } from 'node:fs';
import { UnderstoryError } from '@understory/core';
import { findEngine, type EngineFolder } from './cache.ts';
import { findBuilt } from './build.ts';
import { targetOf, TENSORFLOW, type Target } from './target.ts';

export interface InstalledEngine {
  readonly at: EngineFolder;
  readonly target: Target;
}

const hasNvidia = (): boolean => existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');

const targetsInOrder = (): Target[] => {
  const plain = targetOf();
  const cuda = plain.key.endsWith('linux-x64') ? [targetOf({ cuda: true })] : [];
  return hasNvidia() ? [...cuda, plain] : [plain, ...cuda];
};

/**
 * The engine that this machine would load: the one for CUDA where there is a GPU or nothing else, else the plain one;
 * `onlyCuda` takes no plain one.
 */
export const installedEngine = (cacheDir?: string, onlyCuda = false): InstalledEngine | null => {
  const order = targetsInOrder().filter(({ cuda }) => cuda || !onlyCuda);
  for (const target of order) {
    const at = findEngine(target.key, cacheDir);
    if (at) return { at, target };
  }
  return null;
};

export interface EngineStatus {
  /** TensorFlow is there and the bindings are compiled from the present sources. */
  readonly installed: boolean;
  readonly tensorflow: string;
  /** Null where nothing is installed. */
  readonly folder: string | null;
  readonly cuda: boolean;
  /** False where nobody has run this platform's engine. */
  readonly tested: boolean;
  /** Bytes that an installation would fetch; 0 where none is needed. */
  readonly downloadBytes: number;
  /** Why no engine can be had here; null where one can. */
  readonly unsupported: string | null;
}

/** Whether native TensorFlow is ready on this machine. Loads nothing. */
export const engineStatus = (cacheDir?: string): EngineStatus => {
  const none = { installed: false, tensorflow: TENSORFLOW, folder: null, cuda: false };
  try {
    const found = installedEngine(cacheDir);
    const { tested, wheelBytes } = found?.target ?? targetOf();
    if (!found) return { ...none, tested, downloadBytes: wheelBytes, unsupported: null };
    const { at, target } = found;
    const installed = findBuilt(at) !== null;
    return {
      ...none,
      installed,
      folder: at.folder,
      cuda: target.cuda,
      tested,
      downloadBytes: 0,
      unsupported: null,
    };
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    return { ...none, tested: false, downloadBytes: 0, unsupported: error.message };
  }
};
