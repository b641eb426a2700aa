import { alone, dataFingerprint, meetToMeasure, type Dataset, type SplitName } from '@understory/core';
import type { OpenedNetwork } from '../../load/openTrained.ts';

/** Workers that measure together meet first: all need the same weights and data. Errors: `workers-differ`. */
export const meetBefore = async (
  { runner, network }: Pick<OpenedNetwork, 'runner' | 'network'>,
  { dataset, split }: { readonly dataset: Dataset; readonly split: SplitName },
): Promise<void> => {
  const { size } = runner.workers ?? alone;
  if (size === 1) return;
  await meetToMeasure(runner, network, { data: JSON.stringify(await dataFingerprint(dataset)), split });
};
