export { importModule, resolveModule } from './importModule.ts';
export { loadConfig, type CheckedConfig, type LoadedConfig, type OpenRegistry } from './load.ts';
export { settled } from './settled.ts';
export type { ConfigFiles } from './readConfigs.ts';
