import type { DataType } from '@tensorflow/tfjs-core';
import {
  UnderstoryError,
  type NdArray,
  type NdArrays,
  type Step,
  type StepFunction,
  type SumTimes,
} from '@understory/core';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import type { NativeResult } from '../graph/native.ts';
import type { Value } from '../graph/value.ts';
import { Rewriting, type Pass } from '../passes/rewriting.ts';
import type { InputSpec, Program } from '../trace/program.ts';
import { trace, type Traced } from '../trace/trace.ts';
import type { TraceContext } from '../trace/traceContext.ts';
import { emit } from './emit.ts';
import { checkAgainst, checkInputs, contentOf, signatureOf } from './inputs.ts';
import { nodeWork } from './nodeWork.ts';
import { nodesOf, profileOf, type NodeWork, type Profile } from './profile.ts';
import type { Plan, Ran, Session } from './session.ts';
import type { SharedValues } from './sharedValues.ts';
import { sumTimesOf } from './sumTimes.ts';
import type { VariableValues } from './variableValues.ts';

/** What a step is made with: its runner's session and graph, and what is done to its program. */
export interface StepParts extends Omit<TraceContext, 'draft'> {
  readonly session: Session;
  readonly values: VariableValues;
  /** The session's graph. */
  readonly builder: GraphBuilder;
  readonly newDraft: () => GraphBuilder;
  readonly passes: readonly Pass[];
  /** Whether outputs that are not finite keep the step from assigning anything. */
  readonly guard: boolean;
  /** Most shapes of inputs that one step is traced for. */
  readonly maxTraces: number;
}

/** A step that stands in the session's graph, for inputs of certain shapes. */
interface Ready extends Pick<Traced, 'slots' | 'constantsLive'> {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly Pick<Program['outputs'][number], 'name' | 'dtype'>[];
  readonly feeds: readonly Value[];
  readonly plan: Plan;
  /** What its nodes work on, by name. */
  readonly work: ReadonlyMap<string, NodeWork>;
  reported: boolean;
}

/** A step that is traced and optimized, and stands in no session's graph yet. */
interface Drafted extends Traced {
  readonly rewriting: Rewriting;
}

type Given = ReturnType<typeof checkInputs>;

/** A step that can also say where its time goes. */
export interface CompiledStep extends Step {
  /** Runs the step once with tracing on. */
  profile(inputs: NdArrays): Promise<Profile>;
  runTimed(inputs: NdArrays): Promise<{ readonly outputs: Record<string, NdArray>; readonly sums: SumTimes }>;
}

/** A step that runs at once, while the event loop waits, and shares its variables with tfjs. */
export interface StepNow {
  runNow(inputs: NdArrays): Record<string, NdArray>;
}

/** As `compiledStep`, for a session in which nothing runs otherwise. */
export const stepNow = (name: string, fn: StepFunction, parts: StepParts, shared: SharedValues): StepNow => {
  const step = new TracedStep(name, fn, parts);
  return { runNow: (inputs) => step.runNow(inputs, shared) };
};

/** A function of tensors as a part of the session's graph; traced at its first run with inputs of these shapes. */
export const compiledStep = (name: string, fn: StepFunction, parts: StepParts): CompiledStep =>
  new TracedStep(name, fn, parts);

class TracedStep implements CompiledStep {
  readonly #name: string;
  readonly #fn: StepFunction;
  readonly #parts: StepParts;
  readonly #traces = new Map<string, Ready>();
  #disposed = false;

  constructor(name: string, fn: StepFunction, parts: StepParts) {
    this.#name = name;
    this.#fn = fn;
    this.#parts = parts;
  }

  async run(inputs: NdArrays): Promise<Record<string, NdArray>> {
    return resultsOf(...(await this.#execute(inputs, false)));
  }

  runNow(inputs: NdArrays, shared: SharedValues): Record<string, NdArray> {
    const given = this.#given(inputs);
    const ready = this.#known(given) ?? this.#emit(given, this.#draft(given));
    const contents = given.map(contentOf);
    reportConstants(this.#name, ready, this.#parts);
    shared.begin(ready.slots, { values: ready.feeds, contents });
    const result = this.#parts.session.runSync(ready.plan, contents);
    shared.ran();
    return resultsOf(ready, result);
  }

  async profile(inputs: NdArrays): Promise<Profile> {
    const [{ work }, { metadata, times }] = await this.#execute(inputs, true);
    return profileOf(new Uint8Array(metadata), { work, times });
  }

  async runTimed(inputs: NdArrays): Promise<{ outputs: Record<string, NdArray>; sums: SumTimes }> {
    const [ready, result] = await this.#execute(inputs, true);
    return { outputs: resultsOf(ready, result), sums: sumTimesOf(nodesOf(new Uint8Array(result.metadata))) };
  }

  dispose(): void {
    this.#disposed = true;
    this.#traces.clear();
  }

  #execute(inputs: NdArrays, profile: boolean): Promise<readonly [Ready, Ran]> {
    const { session, values } = this.#parts;
    return session.exclusively(async () => {
      const given = this.#given(inputs);
      const contents = given.map(contentOf);
      const known = this.#known(given);
      const step = known ?? this.#draft(given);
      // Before the step stands in the session's graph, which TensorFlow copies whole for every new plan.
      await values.take(step.slots);
      const ready = 'plan' in step ? step : this.#emit(given, step);
      reportConstants(this.#name, ready, this.#parts);
      await values.compute(ready.slots, { values: ready.feeds, contents });
      return [ready, await session.run(ready.plan, contents, profile)];
    });
  }

  #given(inputs: NdArrays): Given {
    if (this.#disposed) throw new UnderstoryError('session-closed', `Step "${this.#name}" is disposed.`);
    return checkInputs(this.#name, inputs);
  }

  /** The step for inputs of these shapes, where it has been traced; checks that it may be, where it has not. */
  #known(inputs: Given): Ready | undefined {
    const signature = signatureOf(inputs);
    const [first] = this.#traces.values();
    if (first) checkAgainst(this.#name, first.inputs, inputs);
    const known = this.#traces.get(signature);
    if (!known) makeRoom(this.#name, signature, [...this.#traces.keys()], this.#parts);
    return known;
  }

  #draft(inputs: Given): Drafted {
    const { passes, newDraft } = this.#parts;
    const draft = newDraft();
    const traced = trace(this.#name, this.#fn, inputs, { ...this.#parts, draft });
    const rewriting = new Rewriting(traced.program);
    for (const pass of passes) pass(rewriting, draft);
    return { ...traced, rewriting };
  }

  #emit(inputs: Given, { rewriting, program, slots, constantsLive }: Drafted): Ready {
    const { builder, session } = this.#parts;
    builder.scope = `${this.#name.replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^[^A-Za-z0-9.]/, 's')}/`;
    const { feeds, fetches, targets, nodes } = emit(rewriting, builder, this.#parts);
    const plan = session.plan(this.#name, feeds, fetches, targets);
    // Names alone: an output's value holds the whole draft.
    const outputs = program.outputs.map(({ name, dtype }) => ({ name, dtype }));
    const specs = inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    const work = nodeWork(nodes);
    const ready = { inputs: specs, outputs, feeds, slots, constantsLive, plan, work, reported: false };
    this.#traces.set(signatureOf(inputs), ready);
    return ready;
  }
}

const makeRoom = (
  name: string,
  signature: string,
  known: readonly string[],
  { maxTraces, notify }: StepParts,
): void => {
  if (known.length === 0) return;
  if (known.length >= maxTraces) {
    throw new UnderstoryError(
      'too-many-traces',
      `Step "${name}" was traced for ${known.length} shapes of inputs, the most that is allowed, and now comes: ${signature}. ` +
        `Known: ${known.join('; ')}. Feed batches of one size, or raise maxTraces.`,
    );
  }
  notify({
    code: 'traced-again',
    message: `Step "${name}" is traced again for ${signature}: shapes ${known.length + 1} of at most ${maxTraces}.`,
  });
};

const reportConstants = (name: string, ready: Ready, { notify }: StepParts): void => {
  if (ready.reported || ready.constantsLive()) return;
  ready.reported = true;
  notify({
    code: 'constant-gone',
    message:
      `A tensor from outside that step "${name}" took as a constant is disposed; the step goes on with its old values. ` +
      `Feed it as an input, or make it a variable.`,
  });
};

const resultsOf = ({ outputs }: Ready, { outputs: results }: NativeResult): Record<string, NdArray> =>
  Object.fromEntries(outputs.map(({ name, dtype }, i) => [name, arrayOf(dtype, results[i]!)]));

const arrayOf = (dtype: DataType, { shape, data }: NativeResult['outputs'][number]): NdArray => {
  if (dtype === 'int32') return { dtype, shape, data: new Int32Array(data) };
  if (dtype === 'bool') return { dtype, shape, data: new Uint8Array(data) };
  return { dtype: 'float32', shape, data: new Float32Array(data) };
};
