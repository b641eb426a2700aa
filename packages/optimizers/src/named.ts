import { mapNamed, withPrefix, type UpdateContext } from '@understory/core';
import { zeros as zerosOf, type NamedTensorMap, type Scalar, type Tensor } from '@tensorflow/tfjs-core';

export type Named = Readonly<NamedTensorMap>;

/** What a transform makes of a count of steps, for the steps in which each variable has learnt: made once for each count. */
export const byStepsOf = <T>(
  { step, stepOf = () => step }: UpdateContext,
  make: (step: Scalar) => T,
): ((name: string) => T) => {
  const made = new Map<Scalar, T>();
  return (name) => {
    const done = stepOf(name);
    const value = made.get(done) ?? make(done);
    made.set(done, value);
    return value;
  };
};

/** Zeros like each variable, as `<prefix>/<name>`: the first value of a moving average. */
export const zeros = (prefix: string, variables: Named): NamedTensorMap =>
  withPrefix(
    `${prefix}/`,
    mapNamed(variables, ({ shape }): Tensor => zerosOf(shape)),
  );
