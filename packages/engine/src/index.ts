export { loadEngine } from './link/load.ts';
export { registerTfjs } from './link/tfjs.ts';
export { installEngine, type Installed } from './link/install.ts';
export { engineStatus, type EngineStatus } from './link/status.ts';
export { bfloat16Support } from './link/processor.ts';
export { doctor, type Check } from './link/doctor.ts';
export {
  linkProject,
  projectStatus,
  unlinkProject,
  type Linked,
  type LinkOptions,
  type LinkState,
} from './link/project.ts';
export type { Built } from './link/build.ts';
export type { Engine } from './link/engine.ts';
export type { EngineProgress, InstallOptions, OnProgress, Stage } from './link/progress.ts';
export { compile, type Compiled, type CompileOptions } from './compile/run/compile.ts';
export { compileModel, type CompiledModel, type CompileModelOptions } from './compile/model/compileModel.ts';
export {
  compiledRunner,
  type CompiledRunner,
  type CompiledRunnerOptions,
} from './compile/run/compiledRunner.ts';
export { checkCluster, isLoopback, type Cluster } from './cluster/cluster.ts';
export { freePorts } from './cluster/freePorts.ts';
export { shareMemory } from './cluster/sharedMemory.ts';
export { recordGraph } from './compile/run/recordGraph.ts';
export { decodeJpeg, type DecodedJpeg } from './decode/decodeJpeg.ts';
export { mustRunSavedModels, openSavedModel } from './eager/openSavedModel.ts';
export type { CompiledStep } from './compile/run/compiledStep.ts';
export type { GraphOptimizers } from './compile/run/sessionConfig.ts';
export type { NodeTime, NodeWork, OpTime, Profile, TensorSize } from './compile/run/profile.ts';
export type { Notice } from './compile/trace/traceContext.ts';
export { PRECISIONS, type Precision } from './compile/target.ts';
export { precisionsHere } from './compile/precisions.ts';
export { choicesOf, type Choice, type Choices } from './link/choices.ts';
