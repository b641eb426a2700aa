import type { Runner, StepFunction, StepOptions } from '@understory/core';
import { compiledRunner, type CompiledRunnerOptions } from './compiledRunner.ts';
import type { CompiledStep } from './compiledStep.ts';

export interface CompileOptions extends CompiledRunnerOptions, StepOptions {
  /** For messages; the function's own name where it has one. */
  readonly name?: string;
}

/** A compiled function, and its variables: they live in its session, `read` and `write` bring them out and in. */
export interface Compiled extends Omit<CompiledStep, 'runTimed'>, Pick<Runner, 'read' | 'write'> {}

/**
 * Any function of tensors as a TensorFlow graph in a session of its own, traced at its first run for the shapes that it
 * is given. Steps that share variables want one `compiledRunner`. `loadEngine` must have been called; throws
 * `engine-missing` without native TensorFlow.
 */
export const compile = (fn: StepFunction, options: CompileOptions = {}): Compiled => {
  const { name = fn.name || 'step', guard = false, ...rest } = options;
  const runner = compiledRunner(rest);
  const step = runner.step(name, fn, { guard });
  return {
    run: (inputs) => step.run(inputs),
    profile: (inputs) => step.profile(inputs),
    read: (variables) => runner.read(variables),
    write: (variables, values) => runner.write(variables, values),
    dispose() {
      step.dispose();
      runner.dispose();
    },
  };
};
