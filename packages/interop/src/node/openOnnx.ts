import { readFile } from 'node:fs/promises';
import { fileError, isSystemFault, UnderstoryError, type NdArray, type OpenedExport } from '@understory/core';
import { CHANNELS_FIRST } from '../onnx/values.ts';
import { transposed } from '../graph/transposed.ts';
import { optionalPackage } from './runtime.ts';

/** What onnxruntime-node and onnxruntime-web have in common, as far as it is used here. */
interface OnnxTensor {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly dims: readonly number[];
  readonly type: string;
}
interface OnnxSession {
  readonly inputMetadata: readonly { readonly name: string; readonly shape?: readonly (number | string)[] }[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}
interface OnnxRuntime {
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<OnnxSession> };
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => OnnxTensor;
  readonly env: {
    readonly wasm: { numThreads?: number };
    readonly versions: Readonly<Record<string, string | undefined>>;
  };
}

const bytesOf = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('read', file, error) : error;
  });

/** The session of a file. Errors: `bad-model` where onnxruntime refuses it. */
const sessionOf = async ({ InferenceSession }: OnnxRuntime, file: string): Promise<OnnxSession> => {
  const bytes = await bytesOf(file);
  try {
    return await InferenceSession.create(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]!.slice(0, 200) : 'it says no more';
    throw new UnderstoryError('bad-model', `${file} is refused by onnxruntime: ${why}. Export it again.`, {
      cause,
    });
  }
};

const arrayOf = ({ data, dims }: OnnxTensor): NdArray => {
  const dtype = data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'uint8';
  return { dtype, shape: dims, data };
};

/** Sizes of the input: a word stands where any number of images may come. */
const inputShape = ({ inputMetadata: [input] }: OnnxSession, file: string): readonly (number | string)[] => {
  if (input?.shape?.length === 4) return input.shape;
  throw new UnderstoryError('bad-model', `${file} does not take images: its first input is no [B, H, W, 3].`);
};

const versionOf = ({ env: { versions } }: OnnxRuntime): string =>
  versions['node'] === undefined
    ? `onnxruntime-web ${versions['web'] ?? ''}`
    : `onnxruntime-node ${versions['node']}`;

/** Errors: `runtime-missing`. */
export const loadOnnxRuntime = async (): Promise<OnnxRuntime> =>
  (await optionalPackage(['onnxruntime-node', 'onnxruntime-web'], 'ONNX files')) as OnnxRuntime;

/** An ONNX file in onnxruntime. Errors: `runtime-missing`, `bad-model`, `read-failed`. */
export const openOnnx = async (file: string): Promise<OpenedExport> => {
  const runtime = await loadOnnxRuntime();
  // A worker for each thread would keep the process alive.
  if (versionOf(runtime).startsWith('onnxruntime-web')) runtime.env.wasm.numThreads = 1;
  const session = await sessionOf(runtime, file);
  const shape = inputShape(session, file);
  const first = shape[1] === 3 && shape[3] !== 3;
  const [batch] = shape;
  const name = session.inputMetadata[0]!.name;
  return {
    runtime: versionOf(runtime),
    ...(typeof batch === 'number' && { batch }),
    async run(pixels) {
      const { data, shape: sizes } = first ? transposed(pixels, CHANNELS_FIRST) : pixels;
      const fed = new runtime.Tensor('float32', Float32Array.from(data), sizes);
      const made = await session.run({ [name]: fed });
      return Object.fromEntries(Object.entries(made).map(([key, value]) => [key, arrayOf(value)]));
    },
    close: () => session.release(),
  };
};
