import {
  cast,
  type BackendValues,
  type DataType,
  type Tensor,
  type TensorInfo,
  type Variable,
} from '@tensorflow/tfjs-core';
import { CHECKING, UnderstoryError } from '@understory/core';
import type { Value } from '../graph/value.ts';
import { Captures } from './captures.ts';
import { Constants } from './constants.ts';
import {
  replaceMembers,
  tfjsEngine,
  type Binding,
  type DataId,
  type Int64Scalar,
  type NativeBackend,
} from './internals.ts';
import { randomError, Recorder } from './recorder.ts';
import type { TraceContext } from './traceContext.ts';
import { openOps, whereNow } from './whereNow.ts';

/** tfjs ops that draw random numbers in JS, with a seed or without. */
const RANDOM_OPS =
  /^(rand|randomUniform|randomUniformInt|randomNormal|randomStandardNormal|truncatedNormal|randomGamma|multinomial)$/;

// Where values are read only to be checked there are none to check. tfjs's kernel for `gather` looks at its indices, which
// TensorFlow itself checks at each run of a graph; losses look at labels, which the trainer checks before the first step.
const UNCHECKED_IN: ReadonlySet<string | undefined> = new Set(['gather', CHECKING]);
const UNCHECKED = new Int32Array(0);

/**
 * Stands between tfjs and TensorFlow while a step is traced: kernels call it in place of the binding, and the data of
 * the tensors that they make are values of the graph.
 */
export class Symbols {
  readonly #engine = tfjsEngine();
  readonly #backend: NativeBackend;
  readonly #binding: Binding;
  readonly #recorder: Recorder;
  readonly #constants: Constants;
  readonly captures: Captures;
  readonly #tensors: Tensor[] = [];
  readonly #undo: (() => void)[];
  #failure: UnderstoryError | undefined;

  constructor(backend: NativeBackend, { draft, rewrites, store, notify }: TraceContext) {
    this.#backend = backend;
    this.#binding = backend.binding;
    this.#recorder = new Recorder(draft, rewrites);
    this.#constants = new Constants(backend, draft, notify);
    this.captures = new Captures(backend, draft, store);
    this.#undo = [this.#replaceBackend(), this.#replaceEngine(), this.#replaceRandom()];
  }

  /** A tensor for tfjs that stands for a value of the graph. */
  tensor(value: Value): Tensor {
    const { shape, dtype } = value;
    return this.#backend.createOutputTensor({
      id: this.#recorder.idOf(value),
      dtype,
      shape: [...(shape ?? [])],
    });
  }

  /** The value of the graph that data stand for; data from outside become a constant or a variable's read. */
  valueOf(dataId: DataId): Value {
    const read = this.captures.read(dataId);
    if (read) return read;
    const data = this.#backend.tensorMap.get(dataId);
    return Recorder.isSymbolic(data.id) ? this.#recorder.valueOf(data.id) : this.#constants.of(dataId, data);
  }

  /** What was reported during the trace, also where the step's own code has caught it. */
  get failure(): UnderstoryError | undefined {
    return this.#failure;
  }

  /** Throws where the step let tensors live on: they have no values. */
  requireNoneKept(): void {
    const kept = this.#tensors.find((tensor) => !tensor.isDisposed);
    if (!kept) return;
    throw new UnderstoryError(
      'tensor-kept',
      `A tensor [${kept.shape.join(', ')}] that the step made was kept beyond it (tf.keep). Return it as an output, or assign it to a variable.`,
    );
  }

  /** Whether tensors from outside that became constants still exist. */
  liveness(): () => boolean {
    return this.#constants.liveness();
  }

  /** tfjs is again as it was before the trace. */
  restore(): void {
    for (const tensor of this.#tensors) if (!tensor.isDisposed) tensor.dispose();
    this.captures.restore();
    for (const undo of this.#undo.reverse()) undo();
  }

  #fail(code: string, message: string): UnderstoryError {
    this.#failure ??= new UnderstoryError(code, message);
    return this.#failure;
  }

  #replaceBackend(): () => void {
    const backend = this.#backend;
    const replaced: Partial<Binding> = {
      executeOp: (op, attributes, ids) => this.#recorder.execute(op, attributes, ids),
      createTensor: (shape, dtype, data) =>
        this.#recorder.idOf(this.#recorder.builder.constant({ dtype, shape, data })),
      deleteTensor: (id) => {
        if (!Recorder.isSymbolic(id)) this.#binding.deleteTensor(id);
      },
      tensorDataSync: (id) =>
        Recorder.isSymbolic(id)
          ? this.#refuseRead(madeBy(this.#recorder.valueOf(id)))
          : this.#binding.tensorDataSync(id),
    };
    // The binding's own members cannot be written, only hidden by those of an object on top of it.
    const binding = Object.create(this.#binding, Object.getOwnPropertyDescriptors(replaced)) as Binding;
    const write = backend.write.bind(backend);
    const readSync = backend.readSync.bind(backend);
    const read = (dataId: DataId): BackendValues => {
      if (UNCHECKED_IN.has(openOps().at(-1))) return UNCHECKED;
      const variable = this.captures.nameOf(dataId);
      return variable === undefined ? readSync(dataId) : this.#refuseRead(`the variable "${variable}"`);
    };
    return replaceMembers(backend, {
      binding,
      getInputTensorIds: (tensors) => tensors.map((tensor) => this.#recorder.idOf(this.#inputOf(tensor))),
      write: (values, shape, dtype) => this.#written(write(values, shape, dtype)),
      readSync: read,
      read: (dataId) => this.#later(() => read(dataId)),
    });
  }

  #inputOf(tensor: TensorInfo | Int64Scalar): Value {
    return 'valueArray' in tensor ? this.#constants.int64(tensor.valueArray) : this.valueOf(tensor.dataId);
  }

  #written(dataId: DataId): DataId {
    const random = openOps().find((op) => RANDOM_OPS.test(op));
    if (random !== undefined) throw (this.#failure ??= randomError(`tf.${random}`));
    this.#constants.made(dataId);
    return dataId;
  }

  #refuseRead(what: string): never {
    throw this.#fail(
      'value-read',
      `The value of ${what} was read inside a compiled step, ${whereNow()}. There are no values while a step is traced: keep to tensor ops, or return the tensor as an output.`,
    );
  }

  /** A promise of values; one that is never kept where they are refused: the trace fails, and nobody awaits it. */
  #later(read: () => BackendValues): Promise<BackendValues> {
    try {
      return Promise.resolve(read());
    } catch (error) {
      if (error !== this.#failure) throw error;
      return new Promise(() => undefined);
    }
  }

  #replaceEngine(): () => void {
    const engine = this.#engine;
    const makeTensor = engine.makeTensorFromTensorInfo.bind(engine);
    const makeVariable = engine.makeVariable.bind(engine);
    return replaceMembers(engine, {
      makeTensorFromTensorInfo: (info, backend) => {
        const tensor = makeTensor(info, backend);
        this.#tensors.push(tensor);
        return tensor;
      },
      makeVariable: (initial: Tensor, trainable?: boolean, name?: string, dtype?: DataType): Variable => {
        const first = dtype !== undefined && dtype !== initial.dtype ? cast(initial, dtype) : initial;
        const build = (blank: Tensor): Variable => makeVariable(blank, trainable, name);
        return this.captures.create(this.valueOf(first.dataId), () =>
          this.captures.variables.make(first, build),
        );
      },
    });
  }

  #replaceRandom(): () => void {
    return replaceMembers(Math, {
      random: () => {
        const [op] = openOps();
        throw (this.#failure ??= randomError(op === undefined ? 'Math.random' : `tf.${op}`));
      },
    });
  }
}

/** What a value is, for messages. */
const madeBy = ({ node: { op } }: Value): string =>
  op === 'Placeholder' ? 'an input' : `the result of ${op}`;
