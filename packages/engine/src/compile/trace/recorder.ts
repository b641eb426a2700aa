import { UnderstoryError } from '@understory/core';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import type { Value } from '../graph/value.ts';
import type { Metadata } from './internals.ts';
import { whereNow } from './whereNow.ts';

/** An op as a tfjs kernel asks for it. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: readonly Attribute[];
}

/** Puts something else into the graph in place of a call, with the same outputs; undefined where it does not apply. */
export type Rewrite = (call: Call, builder: GraphBuilder) => readonly Value[] | undefined;

/** Numbers of graph values as tfjs sees them begin here; those of real tensors stay below. */
const FIRST = 2 ** 30;

/** These draw from a state of their own, which no seed of a step's inputs could steer. */
const STATEFUL = /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncatedNormal|StatefulRandom|Stateful)/;

/** Outputs of unknown shape that only another op of the same family takes. */
const OPAQUE = new Set(['FusedBatchNormV3']);

/** Turns the ops that tfjs's kernels execute into nodes of a graph. */
export class Recorder {
  readonly builder: GraphBuilder;
  readonly #rewrites: readonly Rewrite[];
  readonly #values: Value[] = [];
  readonly #ids = new Map<Value, number>();

  constructor(builder: GraphBuilder, rewrites: readonly Rewrite[]) {
    this.builder = builder;
    this.#rewrites = rewrites;
  }

  static isSymbolic(id: number): boolean {
    return id >= FIRST;
  }

  idOf(value: Value): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = FIRST + this.#values.push(value) - 1;
    this.#ids.set(value, id);
    return id;
  }

  valueOf(id: number): Value {
    const value = this.#values[id - FIRST];
    if (value) return value;
    throw new UnderstoryError(
      'trace-failed',
      `A tensor of another trace is used, ${whereNow()}. Return it from its step instead.`,
    );
  }

  /** What tfjs's binding does for a kernel, here for the graph. */
  execute(op: string, attributes: readonly Attribute[], ids: readonly number[]): Metadata[] {
    if (STATEFUL.test(op)) throw randomError(op);
    const call: Call = { op, attributes, inputs: ids.map((id) => this.valueOf(id)) };
    return this.#record(call).map((value) => this.#metadata(op, value));
  }

  #record(call: Call): readonly Value[] {
    try {
      for (const rewrite of this.#rewrites) {
        const made = rewrite(call, this.builder);
        if (made) return made;
      }
      return this.builder.add(call.op, call.inputs, call.attributes).outputs;
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      throw new UnderstoryError(error.code, `${error.message} (${whereNow()})`, { cause: error.cause });
    }
  }

  #metadata(op: string, value: Value): Metadata {
    const { shape } = value;
    const known = shape !== null && shape.every((size) => size >= 0);
    if (!known && !(OPAQUE.has(op) && value.index > 0)) {
      throw new UnderstoryError(
        'dynamic-shape',
        `The shape of what ${op} gives depends on values, so it is not known before the step runs (${whereNow()}).`,
      );
    }
    const dtype = value.dtype === TF.bfloat16 ? TF.float32 : value.dtype;
    return { id: this.idOf(value), dtype, shape: known ? [...shape] : [0] };
  }
}

export const randomError = (what: string): UnderstoryError =>
  new UnderstoryError(
    'random-in-step',
    `${what} was called inside a compiled step, ${whereNow()}. It would give the same numbers in every run: draw them outside, or use a seed that is fed.`,
  );
