export { compile, type Compiled, type CompileOptions } from './run/compile.ts';
export { compiledRunner, type CompiledRunner, type CompiledRunnerOptions } from './run/compiledRunner.ts';
export type { CompiledStep } from './run/compiledStep.ts';
export type { GraphOptimizers } from './run/sessionConfig.ts';
export type { Notice } from './notice.ts';
export type { Precision } from './target.ts';
export type { NodeTime, OpTime, Profile } from './run/profile.ts';
