export { supCon, supConPlugin, SupConOptions } from './supcon.ts';
export { ntXent, ntXentPlugin, NtXentOptions } from './ntxent.ts';
export { anchorsWithoutPositive } from './anchorsWithoutPositive.ts';
export { unitRows } from './unitRows.ts';
export { stopGradient } from './stopGradient.ts';
