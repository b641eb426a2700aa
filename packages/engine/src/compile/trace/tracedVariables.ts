import type { DataType, Tensor, TypedArray, Variable } from '@tensorflow/tfjs-core';
import { tfjsEngine, type DataId, type NativeBackend } from './internals.ts';

/** A variable during a trace: its data stays aside under `real`, and `symbolic` stands for the value before the step. */
export interface TracedVariable {
  readonly variable: Variable;
  readonly symbolic: DataId;
  /** Absent for a variable that the step itself has made. */
  readonly real: DataId | undefined;
}

/** Bytes that tfjs counts for a tensor. */
const bytesOf = (size: number, dtype: DataType): number => size * (dtype === 'bool' ? 1 : 4);

/**
 * Lends every variable another identity for the time of a trace. So a read of the variable can be told from a read of
 * a tensor that shares its data, and an assignment in the step leaves the variable's real data alone.
 */
export class TracedVariables {
  readonly #engine = tfjsEngine();
  readonly #backend: NativeBackend;
  readonly #all = new Map<DataId, TracedVariable>();

  constructor(backend: NativeBackend) {
    this.#backend = backend;
    for (const variable of Object.values(this.#engine.registeredVariables)) this.#lend(variable);
  }

  find(dataId: DataId): TracedVariable | undefined {
    return this.#all.get(dataId);
  }

  /** Variables whose data is another one now, with those made in the step. */
  changed(): TracedVariable[] {
    return [...this.#all.values()].filter(
      ({ variable, symbolic }) => !variable.isDisposed && variable.dataId !== symbolic,
    );
  }

  /** Variables that the step has made. */
  created(): TracedVariable[] {
    return [...this.#all.values()].filter(({ variable, real }) => real === undefined && !variable.isDisposed);
  }

  /** Makes a variable inside the step: reading it gives its value in the session, not the expression it began with. */
  make(initial: Tensor, build: (blank: Tensor) => Variable): TracedVariable {
    const symbolic = this.#symbolic(initial);
    const blank = this.#engine.makeTensorFromTensorInfo({
      dataId: symbolic,
      shape: initial.shape,
      dtype: initial.dtype,
    });
    const variable = build(blank);
    blank.dispose();
    const traced: TracedVariable = { variable, symbolic, real: undefined };
    this.#all.set(symbolic, traced);
    return traced;
  }

  /** Gives every variable its data back; those made in the step get theirs from `valuesOf`. */
  restore(valuesOf: (created: Variable) => TypedArray): void {
    for (const { variable, real } of this.#all.values()) {
      const data = real ?? this.#backend.write(valuesOf(variable), variable.shape, variable.dtype);
      if (variable.isDisposed) this.#drop(data);
      else this.#point(variable, data);
    }
    this.#all.clear();
  }

  #lend(variable: Variable): void {
    const real = variable.dataId;
    const symbolic = this.#symbolic(variable);
    const { dtype, shape } = variable;
    this.#engine.state.tensorInfo.set(symbolic, {
      backend: this.#backend,
      dtype,
      shape,
      bytes: bytesOf(variable.size, dtype),
    });
    this.#engine.state.numDataBuffers += 1;
    variable.dataId = symbolic;
    this.#all.set(symbolic, { variable, symbolic, real });
  }

  #symbolic({ shape, dtype }: Tensor): DataId {
    const dataId = {};
    const number = this.#backend.getDTypeInteger(dtype);
    this.#backend.tensorMap.set(dataId, { shape, dtype: number, values: null, id: -1, refCount: 1 });
    return dataId;
  }

  #point(variable: Variable, data: DataId): void {
    this.#engine.disposeTensor(variable);
    variable.dataId = data;
    this.#engine.trackTensor(variable, this.#backend);
  }

  #drop(data: DataId): void {
    if (this.#backend.disposeData(data)) this.#engine.removeDataId(data, this.#backend);
  }
}
