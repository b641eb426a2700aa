export { compile, type Compiled, type CompileOptions } from './compile.ts';
export { compiledRunner, type CompiledRunner, type CompiledRunnerOptions } from './compiledRunner.ts';
export type { CompiledStep } from './compiledStep.ts';
export type { GraphOptimizers } from './config.ts';
export type { Notice } from './notice.ts';
export type { Precision } from './target.ts';
export type { NodeTime, OpTime, Profile } from './profile.ts';
