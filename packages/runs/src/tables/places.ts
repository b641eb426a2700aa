import path from 'node:path';
import { fileKey, type Row, type Table } from '@understory/recipes/experiments';

/** Name of a row's run with a seed. */
export const runName = (key: string, seed: number): string => `${fileKey(key)}-seed${seed}`;

/** Where the result of a row is kept; `folder` holds this table's, beside which lie those of rows that are of another table. */
export const resultsOf = (folder: string, { home }: Row): string =>
  home ? path.join(path.dirname(folder), home.table) : folder;

/** Where the run of a row lies, likewise; `runs` is this table's folder, named `<table>-<scale>`. */
export const runsOf = ({ name }: Pick<Table, 'name'>, runs: string, { home }: Row): string =>
  home ? path.join(path.dirname(runs), path.basename(runs).replace(name, home.table)) : runs;
