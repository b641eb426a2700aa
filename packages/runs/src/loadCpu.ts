import { env } from '@tensorflow/tfjs-core';

/** Loads tfjs's own backend: enough for models without work to do, and there at once on every machine. */
export const loadCpu = async (): Promise<void> => {
  // Without this, tfjs advises Node users to install its own native package.
  env().set('PROD', true);
  await import('@tensorflow/tfjs');
};
