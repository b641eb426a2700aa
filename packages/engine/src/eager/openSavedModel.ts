import { backend, engine, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import {
  UnderstoryError,
  type ModelSignature,
  type NdArray,
  type NdArrays,
  type OpenedExport,
} from '@understory/core';
import { loadEngine } from '../link/load.ts';

/** What tfjs's own binding can do with a SavedModel. */
interface SavedModelBackend {
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(
    id: number,
    inputs: readonly Tensor[],
    infos: readonly { readonly name: string; readonly tfDtype: string }[],
    outputs: readonly string[],
  ): Tensor[];
}

const savedModelBackend = async (): Promise<SavedModelBackend> => {
  const { native, notice } = await loadEngine();
  if (native) return backend() as unknown as SavedModelBackend;
  throw new UnderstoryError(
    'runtime-missing',
    `A SavedModel needs native TensorFlow: run understory engine install. ${notice ?? ''}`.trim(),
  );
};

/** Errors: `runtime-missing` where there is no native TensorFlow. */
export const mustRunSavedModels = async (): Promise<void> => {
  await savedModelBackend();
};

const loaded = (native: SavedModelBackend, folder: string): number => {
  try {
    return native.loadSavedModelMetaGraph(folder, 'serve');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]!.slice(0, 200) : '';
    throw new UnderstoryError('bad-model', `${folder} is refused by TensorFlow: ${why}. Export it again.`, {
      cause,
    });
  }
};

const arrayOf = (made: Tensor): NdArray => {
  const data = made.dataSync<'float32' | 'int32' | 'bool'>();
  return { dtype: made.dtype as NdArray['dtype'], shape: made.shape, data };
};

/**
 * A SavedModel in native TensorFlow, as its C interface loads it, by its first input and all its outputs. Each run holds the event loop.
 * Errors: `runtime-missing`, `bad-model`.
 */
export const openSavedModel = async (
  folder: string,
  { inputs, outputs, batch }: ModelSignature,
): Promise<OpenedExport> => {
  const native = await savedModelBackend();
  const [input] = Object.values(inputs);
  if (input === undefined)
    throw new UnderstoryError('bad-model', `${folder} has a signature without an input. Export it again.`);
  const id = loaded(native, folder);
  const names = Object.keys(outputs);
  const run = ({ data, shape }: NdArray): NdArrays => {
    const before = new Map<string, NdArray>();
    tidy(() => {
      const pixels = tensor(Float32Array.from(data), [...shape], 'float32');
      const made = native.runSavedModel(
        id,
        [pixels],
        [{ name: input, tfDtype: 'DT_FLOAT' }],
        Object.values(outputs),
      );
      names.forEach((name, i) => before.set(name, arrayOf(made[i]!)));
    });
    return Object.fromEntries(before);
  };
  return {
    runtime: `TensorFlow ${(await loadEngine()).tensorflow ?? ''}`,
    ...(batch !== undefined && { batch }),
    run: (pixels) => Promise.resolve().then(() => run(pixels)),
    close: () => {
      if (engine().backendName === 'tensorflow') native.deleteSavedModel(id);
      return Promise.resolve();
    },
  };
};
