export { defaultPlugins } from './defaultPlugins.ts';
export { defaultViews } from './defaultViews.ts';
export { emojiMethods, type Method } from './emoji.ts';
export { tables } from './tables/index.ts';
export type { Row, Scale, Table, TableRequest } from './tables/table.ts';
