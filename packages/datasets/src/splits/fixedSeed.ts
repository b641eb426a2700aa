import { seedOf } from '@understory/core';

/** Everything that the runs of all seeds must share is drawn from here. */
export const FIXED_SEED = seedOf(0);
