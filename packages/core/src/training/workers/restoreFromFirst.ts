import { float32, type NdArray } from '../../contracts/arrays.ts';
import type { Runner } from '../../contracts/runner.ts';
import { readNamed, restore } from '../checkpoint.ts';
import type { NamedVariables } from '../network.ts';
import type { Sharing } from './shared.ts';

/** What of a run is needed here. */
interface Shared {
  readonly sharing?: Sharing | undefined;
  readonly options: { readonly runner: Runner };
  readonly variables: NamedVariables;
}

/**
 * Puts the first worker's values of all variables into those of the others, where that one says that they changed; gives what it
 * says, on all.
 */
export const restoreFromFirst = async (run: Shared, changed: boolean): Promise<boolean> => {
  const { sharing, options, variables } = run;
  if (!sharing) return changed;
  const { data } = await sharing.fromFirst(float32([Number(changed)], [1]));
  if (data[0] !== 1) return false;
  const values: Record<string, NdArray> = {};
  for (const [name, value] of Object.entries(await readNamed(options.runner, variables)))
    values[name] = await sharing.fromFirst(value);
  if (sharing.rank > 0) await restore(options.runner, variables, values);
  return true;
};
