import type { Variable } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import type { NativeBackend } from './trace/internals.ts';

/**
 * Frees tfjs's own copy of a variable's value once the session has it: weights and an optimizer's state would lie in
 * memory twice. Whoever asks tfjs for the value is told where it is, instead of getting one that is out of date.
 */
export const lend = ({ tensorMap, binding }: NativeBackend, variable: Variable): void => {
  const data = variable.isDisposed ? undefined : tensorMap.get(variable.dataId);
  if (!data || data.refCount > 1) return; // a clone shares it
  if (data.id >= 0) binding.deleteTensor(data.id);
  const { name } = variable;
  Object.defineProperties(data, {
    id: { value: -1 },
    values: {
      get() {
        throw lentError(name);
      },
    },
  });
};

const lentError = (name: string): UnderstoryError =>
  new UnderstoryError(
    'variable-lent',
    `Variable "${name}" belongs to the runner whose step uses it, and tfjs has no value of it: take it with runner.read().`,
  );
