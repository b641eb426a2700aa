export { createRegistry } from './registry.ts';
export { loadPlugins } from './loadPlugins.ts';
