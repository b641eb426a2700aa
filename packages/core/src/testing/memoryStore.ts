import { joinBytes } from '../formats/safetensors.ts';
import type { CheckpointName, CheckpointStore } from '../training/checkpoint.ts';

/** Checkpoints in memory, for tests. */
export const memoryStore = (): CheckpointStore & { readonly files: Map<CheckpointName, Uint8Array> } => {
  const files = new Map<CheckpointName, Uint8Array>();
  return {
    files,
    save(name, parts) {
      const last = files.get('last');
      if (name === 'last' && last) files.set('previous', last);
      files.set(name, joinBytes(parts));
      return Promise.resolve();
    },
    load: (name) => Promise.resolve(files.get(name)),
  };
};
