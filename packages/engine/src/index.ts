export { loadEngine } from './link/load.ts';
export { installEngine, type InstallOptions, type Installed } from './link/install.ts';
export type { Engine } from './link/engine.ts';
export type { EngineProgress, OnProgress, Stage } from './link/progress.ts';
