import { supervisionTable } from './supervision.ts';
import type { Table, TableRequest } from './table.ts';

/** Every table that `understory reproduce` makes, by name. */
export const tables: Readonly<Record<string, (request: TableRequest) => Table>> = {
  'supervision-resnet18': supervisionTable('resnet18'),
};
