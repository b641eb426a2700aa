import { float32, type NdArray } from '../../contracts/arrays.ts';
import { readNamed, restore } from '../checkpoint.ts';
import type { Run } from '../run.ts';

/**
 * Puts the first worker's values of all variables into those of the others, where that one says that they changed; gives what it
 * says, on all.
 */
export const restoreFromFirst = async (run: Run, changed: boolean): Promise<boolean> => {
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
