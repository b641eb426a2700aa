import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  backend as tfBackend,
  getBackend,
  io,
  setBackend,
  tensor,
  tidy,
  version_core,
  type Tensor,
} from '@tensorflow/tfjs-core';
import {
  fileError,
  isSystemFault,
  UnderstoryError,
  type NdArray,
  type NdArrays,
  type OpenedExport,
} from '@understory/core';
import { badModel, reasonOf } from '../keras/decodeLayersModel.ts';
import { readLayersModel } from './readLayersModel.ts';
import { optionalPackage } from './runtime.ts';

/** What tfjs's two kinds of models have in common. */
interface Model {
  run(pixels: Tensor): Promise<Tensor[]> | Tensor[];
  readonly dispose: () => void;
}

interface GraphModel {
  execute(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Tensor | Tensor[];
  executeAsync(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Tensor | Tensor[]>;
  dispose(): void;
}
interface Converter {
  readonly loadGraphModel: (handler: io.IOHandler) => Promise<GraphModel>;
}

const read = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('read', file, error) : error;
  });

const layersModel = async (file: string): Promise<Model> => {
  const made = await readLayersModel(file);
  return { run: (pixels) => [made.predict(pixels)].flat(), dispose: () => void made.dispose() };
};

/** Errors: `runtime-missing`. */
export const loadConverter = async (): Promise<Converter> =>
  (await optionalPackage(['@tensorflow/tfjs-converter'], 'graph models of tfjs')) as Converter;

const graphModel = async (file: string, model: io.ModelJSON, outputs: readonly string[]): Promise<Model> => {
  const { loadGraphModel } = await loadConverter();
  const { weightsManifest, ...rest } = model;
  const bytes = await read(path.join(path.dirname(file), 'weights.bin'));
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const artifacts = { ...rest, weightSpecs, weightData: new Uint8Array(bytes).buffer };
  const made = await loadGraphModel(io.fromMemory(artifacts as io.ModelArtifacts)).catch((cause: unknown) => {
    throw badModel(file, `tfjs cannot build it (${reasonOf(cause)})`, cause);
  });
  const names = outputs.map((name) => tensorOf(model, name, file));
  return {
    run: async (pixels) => {
      const inputs = { pixels };
      return [isDynamic(model) ? await made.executeAsync(inputs, names) : made.execute(inputs, names)].flat();
    },
    dispose: () => made.dispose(),
  };
};

/** Ops whose outputs' sizes depend on the image: tfjs runs them asynchronously alone, and advises against that where there are none. */
const DYNAMIC = new Set<unknown>([
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'NonMaxSuppressionV3',
  'Where',
]);

const isDynamic = ({ modelTopology }: io.ModelJSON): boolean => {
  const { node = [] } = modelTopology as { readonly node?: readonly { readonly op?: unknown }[] };
  return node.some(({ op }) => DYNAMIC.has(op));
};

/** The tensor that a graph's signature calls by a name. */
const tensorOf = ({ signature }: io.ModelJSON, name: string, file: string): string => {
  const all = (signature as { outputs?: Record<string, { name?: string }> } | undefined)?.outputs;
  const found = all?.[name]?.name;
  if (found !== undefined) return found;
  throw badModel(file, `its signature has no output "${name}"`);
};

/** Which of tfjs's formats a file is of. */
const parsed = (bytes: Buffer, file: string): io.ModelJSON => {
  try {
    return JSON.parse(bytes.toString('utf8')) as io.ModelJSON;
  } catch (cause) {
    throw badModel(file, 'it is not JSON', cause);
  }
};

/** Runs on a backend of tfjs, and goes back to the one before. */
const onBackend = async <T>(name: string | undefined, work: () => Promise<T>): Promise<T> => {
  const before = getBackend();
  if (name === undefined || name === before) return work();
  if (!(await setBackend(name)))
    throw new UnderstoryError(
      'runtime-missing',
      `tfjs has no backend "${name}" here. Import @tensorflow/tfjs-backend-${name}.`,
    );
  Object.assign(tfBackend(), { firstUse: false }); // else the backend "cpu" advises to install tfjs-node
  try {
    return await work();
  } finally {
    await setBackend(before);
  }
};

const arrayOf = (made: Tensor): NdArray => ({
  dtype: made.dtype as NdArray['dtype'],
  shape: made.shape,
  data: made.dataSync<'float32' | 'int32' | 'bool'>(),
});

/**
 * A `model.json` in plain tfjs, on the backend named; outputs are called as told, in order. Errors: `bad-model`, `read-failed`,
 * `runtime-missing` where graph models cannot be loaded.
 */
export const openTfjs = async (
  file: string,
  outputs: readonly string[],
  backend?: string,
): Promise<OpenedExport> => {
  const json = parsed(await read(file), file);
  const isGraph = json.format === 'graph-model';
  const open = (): Promise<Model> => (isGraph ? graphModel(file, json, outputs) : layersModel(file));
  const model = await onBackend(backend, open);
  const run = ({ data, shape }: NdArray): Promise<NdArrays> =>
    onBackend(backend, async () => {
      const pixels = tidy(() => tensor(Float32Array.from(data), [...shape], 'float32'));
      const made = await model.run(pixels);
      const arrays = made.map(arrayOf);
      [pixels, ...made].forEach((one) => one.dispose());
      return Object.fromEntries(outputs.map((name, i) => [name, arrays[i]!]));
    });
  return {
    runtime: `tfjs ${version_core}${isGraph ? ', a graph' : ''} on ${backend ?? getBackend()}`,
    ...(isGraph && batchOf(json)),
    run,
    close: () =>
      onBackend(backend, () =>
        Promise.resolve().then(() => {
          model.dispose();
        }),
      ),
  };
};

/** How many images a graph takes at once, by its signature. */
const batchOf = ({ signature }: io.ModelJSON): { readonly batch?: number } => {
  const inputs = (
    signature as { inputs?: Record<string, { tensorShape?: { dim?: { size?: string }[] } }> } | undefined
  )?.inputs;
  const batch = Number(Object.values(inputs ?? {})[0]?.tensorShape?.dim?.[0]?.size);
  return batch > 0 ? { batch } : {};
};
