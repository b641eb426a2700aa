import {
  backend,
  engine,
  getKernel,
  type BackendValues,
  type DataType,
  type KernelBackend,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import type { Inputs } from '../register.ts';

type Outputs = TensorInfo | TensorInfo[];

/** tfjs's CPU backend, whose kernels compute in JavaScript. */
interface HostBackend extends KernelBackend {
  firstUse: boolean;
  makeTensorInfo(shape: number[], dtype: DataType, values: BackendValues): TensorInfo;
  disposeIntermediateTensorInfo(info: TensorInfo): void;
}

const hostBackend = (): HostBackend => {
  const host = engine().findBackend('cpu') as HostBackend;
  host.firstUse = false; // else it advises to install tfjs-node
  return host;
};

const isText = (values: BackendValues): values is Uint8Array[] => values[0] instanceof Uint8Array;

/** Values as the CPU backend keeps them: texts are arrays of bytes that nobody else holds. */
const toHost = (host: HostBackend, { dataId, shape, dtype }: TensorInfo): TensorInfo => {
  const values = backend().readSync(dataId);
  return host.makeTensorInfo(shape, dtype, isText(values) ? [...values] : values);
};

const fromHost = (host: HostBackend, { dataId, shape, dtype }: TensorInfo): TensorInfo => ({
  dataId: backend().write(host.readSync(dataId), shape, dtype),
  ...{ shape, dtype },
});

/**
 * Runs a kernel of tfjs's CPU backend on tensors of the active one, with copies in and out. It checks its inputs, and says in
 * tfjs's words what is wrong with them.
 */
export const onHost = (kernelName: string, inputs: Inputs, attrs: NamedAttrMap): Outputs => {
  const host = hostBackend();
  const made: TensorInfo[] = [];
  const move = (info: TensorInfo): TensorInfo => {
    made.push(toHost(host, info));
    return made.at(-1)!;
  };
  const moved = Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) =>
      input === undefined ? [] : [[name, Array.isArray(input) ? input.map(move) : move(input)]],
    ),
  );
  try {
    const { kernelFunc } = getKernel(kernelName, 'cpu');
    const results = kernelFunc({ inputs: moved as never, attrs, backend: host });
    made.push(...[results].flat());
    return Array.isArray(results) ? results.map((result) => fromHost(host, result)) : fromHost(host, results);
  } finally {
    for (const info of made) host.disposeIntermediateTensorInfo(info);
  }
};

/** What TensorFlow refuses, tfjs's own kernel explains; a compiled step's refusals are passed on as they are. */
export const orOnHost =
  (kernelName: string, native: (inputs: Inputs, attrs: NamedAttrMap) => Outputs) =>
  (inputs: Inputs, attrs: NamedAttrMap): Outputs => {
    try {
      return native(inputs, attrs);
    } catch (error) {
      if (error instanceof UnderstoryError) throw error;
      return onHost(kernelName, inputs, attrs);
    }
  };
