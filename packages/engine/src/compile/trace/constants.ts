import { UnderstoryError } from '@understory/core';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type TensorContent } from '../graph/native.ts';
import type { Value } from '../graph/value.ts';
import type { Binding, DataId, NativeBackend, TensorData } from './internals.ts';
import type { Notice } from './traceContext.ts';
import { userLine, whereNow } from './whereNow.ts';

/** Constants from this size in bytes on are worth a word. */
const LARGE = 2 ** 20;

/** Tensors with values of their own that a step uses: their values as of the trace become part of the graph. */
export class Constants {
  readonly #backend: NativeBackend;
  readonly #binding: Binding;
  readonly #builder: GraphBuilder;
  readonly #notify: (notice: Notice) => void;
  readonly #values = new Map<DataId, Value>();
  readonly #inside = new WeakSet();

  constructor(backend: NativeBackend, builder: GraphBuilder, notify: (notice: Notice) => void) {
    this.#backend = backend;
    this.#binding = backend.binding;
    this.#builder = builder;
    this.#notify = notify;
  }

  /** Remembers that these values were made by the step itself. */
  made(dataId: DataId): void {
    this.#inside.add(dataId);
  }

  of(dataId: DataId, data: TensorData): Value {
    const known = this.#values.get(dataId);
    if (known) return known;
    const { dtype, shape } = data;
    if (dtype !== TF.float32 && dtype !== TF.int32 && dtype !== TF.bool) {
      throw new UnderstoryError(
        'unsupported-dtype',
        `A compiled step takes float32, int32 and bool tensors alone, no strings and no complex ones (${whereNow()}).`,
      );
    }
    const value = this.#valueOf(dataId, { dtype, shape, data: this.contentOf(data) });
    this.#values.set(dataId, value);
    return value;
  }

  #valueOf(dataId: DataId, content: TensorContent): Value {
    const { dtype, shape, data } = content;
    if (data.byteLength < LARGE) return this.#builder.constant(content);
    // The gradient of a mean multiplies by ones of the whole shape: the step's own doing, and nothing to report.
    const number = this.#inside.has(dataId) ? onlyNumber(data) : null;
    const filled = number === null ? null : this.#builder.filled(dtype, shape, number);
    if (filled) return filled;
    this.#reportLarge(data.byteLength, shape, dataId);
    return this.#builder.constant(content);
  }

  /** A 64-bit number that a kernel hands over without a tensor. */
  int64(array: Int32Array): Value {
    return this.#builder.constant({ dtype: TF.int64, shape: [], data: array });
  }

  /** The values of real data; tfjs's own copy is left as it is. */
  contentOf({ values, id }: TensorData): ArrayBufferView {
    return values ?? this.#binding.tensorDataSync(id);
  }

  /** Tells whether all tensors from outside still exist; one that is disposed was probably replaced by another. */
  liveness(): () => boolean {
    // The function must not hold on to `this`: the whole draft would live as long as the step.
    const backend = this.#backend;
    const outside = [...this.#values.keys()]
      .filter((dataId) => !this.#inside.has(dataId))
      .map((id) => new WeakRef(id));
    return () =>
      outside.every((reference) => {
        const dataId = reference.deref();
        return dataId !== undefined && backend.refCount(dataId) > 0;
      });
  }

  #reportLarge(bytes: number, shape: readonly number[], dataId: DataId): void {
    const from = this.#inside.has(dataId) ? 'made of numbers inside the step' : 'from outside the step';
    const size = (bytes / 2 ** 20).toFixed(1);
    this.#notify({
      code: 'large-constant',
      message:
        `A tensor [${shape.join(', ')}] ${from} became a constant of ${size} MB (at ${userLine()}): its values stay as ` +
        `they were when the step was traced. Feed it as an input, or make it a variable.`,
    });
  }
}

/** The number that all elements are; null where they differ. */
const onlyNumber = (data: ArrayBufferView): number | null => {
  const numbers = data as Float32Array | Int32Array | Uint8Array;
  const first = numbers[0];
  return first !== undefined && numbers.every((number) => Object.is(number, first)) ? first : null;
};
