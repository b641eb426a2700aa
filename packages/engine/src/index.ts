export { loadEngine } from './link/load.ts';
export { installEngine, type Installed } from './link/install.ts';
export type { InstallOptions } from './link/installOptions.ts';
export { engineStatus, type EngineStatus } from './link/status.ts';
export { bfloat16Support } from './link/processor.ts';
export { doctor, type Check } from './link/doctor.ts';
export { linkProject, type Linked } from './link/project.ts';
export type { Built } from './link/build.ts';
export type { Engine } from './link/engine.ts';
export type { EngineProgress, OnProgress, Stage } from './link/progress.ts';
export {
  compile,
  compiledRunner,
  type Compiled,
  type CompiledRunner,
  type CompiledRunnerOptions,
  type CompiledStep,
  type CompileOptions,
  type GraphOptimizers,
  type NodeTime,
  type Notice,
  type OpTime,
  type Precision,
  type Profile,
} from './compile/index.ts';
