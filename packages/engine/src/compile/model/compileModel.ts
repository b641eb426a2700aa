import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StepFunction } from '@understory/core';
import { stepParts, type CompiledRunnerOptions } from '../run/compiledRunner.ts';
import { stepNow, type StepNow } from '../run/compiledStep.ts';
import { SharedValues } from '../run/sharedValues.ts';
import { drawsFor, dropoutLayers, withDraws } from './dropout.ts';
import { arraysOf, asStep, settingsOf, tensorsOf, type BatchFunction, type Trainable } from './trainable.ts';

export type CompileModelOptions = Pick<
  CompiledRunnerOptions,
  'threads' | 'precision' | 'maxTraces' | 'onNotice'
>;

/** A model whose training and evaluation run compiled; everything else is the model's own. */
export type CompiledModel<M extends LayersModel> = M & {
  /** Gives the variables back to tfjs and ends the session; the model goes on as it was. */
  release(): void;
};

/** Steps of a model in one session, by name. */
interface Steps {
  get(name: string, make: () => StepFunction): StepNow;
  release(): void;
}

/** What `model.compile` sets, and an optimizer's numbers, are part of a step: where they change, another is traced. */
const stepsOf = (model: Trainable, options: CompileModelOptions): Steps => {
  const parts = { ...stepParts(options), guard: false };
  const shared = new SharedValues(parts.store, parts.session);
  const all = new WeakMap<object, Map<string, StepNow>>();
  return {
    get(name, make) {
      const { losses, optimizer } = settingsOf(model);
      const known = all.get(losses) ?? new Map<string, StepNow>();
      all.set(losses, known);
      const key = `${name} ${JSON.stringify(optimizer.getConfig())}`;
      const step = known.get(key) ?? stepNow(`${name} of ${model.name}`, make(), parts, shared);
      known.set(key, step);
      return step;
    },
    release() {
      shared.release();
      parts.session.close();
    },
  };
};

const training = (model: Trainable, steps: Steps): BatchFunction => {
  const dropouts = dropoutLayers(model);
  return (batch) => {
    const { optimizer } = settingsOf(model);
    const iterations = optimizer.iterations_ ?? 0;
    const step = steps.get('fit', () => (given) => {
      const eager = model.makeTrainFunction();
      return withDraws(dropouts, given, () => asStep(eager, batch.length)(given));
    });
    const draws = drawsFor(dropouts, batch[0]?.shape[0] ?? 0);
    const results = tensorsOf(step.runNow({ ...arraysOf(batch), ...draws }));
    optimizer.iterations_ = iterations + 1; // tracing counts as one too
    return results;
  };
};

const evaluation =
  (model: Trainable, steps: Steps): BatchFunction =>
  (batch) => {
    const step = steps.get('evaluate', () => (given) => {
      model.makeTestFunction();
      return asStep((all) => model.testFunction?.(all) ?? [], batch.length)(given);
    });
    return tensorsOf(step.runNow(arraysOf(batch)));
  };

/** What a `Sequential` has of the settings of the model that it is made of. */
const COPIED = [
  'optimizer_',
  'isOptimizerOwned',
  'loss',
  'metrics',
  'metricsTensors',
  'metricsNames',
] as const;

/** New settings, on the model at which the steps look: a `Sequential` itself would make itself of another one. */
const compileAgain = (whole: Trainable, inner: Trainable, args: object): void => {
  inner.compile(args);
  if (inner === whole) return;
  for (const key of COPIED) Reflect.set(whole, key, Reflect.get(inner, key));
};

/** An object that is the model but for some members. */
const over = <T extends object>(model: T, members: object): T =>
  Object.create(model, Object.getOwnPropertyDescriptors(members)) as T;

/**
 * A model of tfjs that trains and evaluates in compiled steps: `fit`, `fitDataset`, `trainOnBatch`, `evaluate` and
 * `evaluateDataset` are tfjs's own, with their callbacks, shuffling and logs, and the same numbers. Traced once for each size
 * of batch. Its variables can be read, saved and set as ever, between batches too. `loadEngine` must have been called;
 * throws `engine-missing` without native TensorFlow and `model-not-compiled` before `model.compile`. What cannot be traced is
 * refused as in `compile`.
 */
export const compileModel = <M extends LayersModel>(
  model: M,
  options: CompileModelOptions = {},
): CompiledModel<M> => {
  const whole = model as unknown as Trainable;
  const inner = whole.model ?? whole; // a `Sequential` hands all to the model that it is made of
  settingsOf(inner);
  const steps = stepsOf(inner, options);
  const [train, test] = [training(inner, steps), evaluation(inner, steps)];
  const overrides = {
    makeTrainFunction: () => train,
    makeTestFunction(this: Trainable) {
      this.testFunction = test;
    },
  };
  const own = {
    compile: (args: object) => {
      compileAgain(whole, inner, args);
    },
    release: () => steps.release(),
  };
  const members = inner === whole ? { ...overrides, ...own } : { model: over(inner, overrides), ...own };
  return over(whole, members) as unknown as CompiledModel<M>;
};
