import { existsSync } from 'node:fs';
import { UnderstoryError } from '@understory/core';
import { addonPath } from '../link/buildAddon.ts';
import { addonSource } from '../link/sources.ts';
import { installedEngine } from '../link/status.ts';
import { loadNative, type Native } from './graph/native.ts';

/** The engine's own addon, as `loadEngine` has compiled it; throws `engine-missing` where it is not there. */
export const ownAddon = (): Native => {
  const at = installedEngine()?.at;
  const source = addonSource();
  const file = at && source ? addonPath(source, at) : null;
  if (file !== null && existsSync(file)) return loadNative(file);
  throw new UnderstoryError(
    'engine-missing',
    'The addon that compiles steps is not there: run `understory engine install` and call loadEngine() first.',
  );
};
