import type { RunResult } from '../contracts/events.ts';

/** The split whose metrics tell a result: the test images, or the validation images of a dataset that has no others. */
export const toldSplit = ({ best }: RunResult): 'test' | 'validation' =>
  Object.keys(best.test).length === 0 && Object.keys(best.validation).length > 0 ? 'validation' : 'test';
