import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileError, isObject, UnderstoryError, type RunResult } from '@understory/core';
import { fileKey } from '@understory/recipes/experiments';
import { writeAtomic } from '@understory/tracking/node';
import { differingKeys, type Settings } from '../run/settings.ts';

const FORMAT = 'understory-result-1';

/** One row of a table with one seed, as it is kept: small, and of no machine. */
export interface KeptResult {
  readonly row: string;
  readonly seed: number;
  /** What the table said when it was trained; of the row that it builds on too, if there is one. */
  readonly settings: Settings;
  readonly after?: Settings;
  readonly engine: string;
  readonly epochs: number;
  readonly seconds: number;
  readonly result: RunResult;
  /** What tells its test images from others: alike for all seeds. Absent in results of earlier versions. */
  readonly tested?: string;
}

/** What a result must have been trained with to count. */
export type Wanted = Pick<KeptResult, 'row' | 'seed' | 'settings' | 'after'>;

const fileOf = (folder: string, { row, seed }: Pick<KeptResult, 'row' | 'seed'>): string =>
  path.join(folder, `${fileKey(row)}-seed${seed}.json`);

const areNumbers = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((n) => n === null || typeof n === 'number');

/** What tables and plans read of a kept result. */
const isKept = ({ row, seed, settings, after, result, tested }: Readonly<Record<string, unknown>>): boolean =>
  typeof row === 'string' &&
  Number.isSafeInteger(seed) &&
  [settings, after].every((said) => said === undefined || isObject(said)) &&
  (tested === undefined || typeof tested === 'string') &&
  isObject(result) &&
  [result['last'], result['best']].every((split) => isObject(split) && areNumbers(split['test']));

const parse = (file: string, text: string): KeptResult => {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && value['format'] === FORMAT && isKept(value)) {
      const { row, seed, settings, after, engine, epochs, seconds, result, tested } =
        value as unknown as KeptResult;
      const optional = { ...(after && { after }), ...(tested !== undefined && { tested }) };
      return { row, seed, settings, engine, epochs, seconds, result, ...optional };
    }
  } catch {
    // told below
  }
  throw new UnderstoryError(
    'bad-result',
    `${file} is not a kept result (${FORMAT}). Delete it, and its row is trained again.`,
  );
};

/** The result of a row with a seed, whatever it was trained with; undefined where there is none. */
export const readAny = async (
  folder: string,
  task: Pick<KeptResult, 'row' | 'seed'>,
): Promise<KeptResult | undefined> => {
  const file = fileOf(folder, task);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError('read', file, error);
  });
  return text === undefined ? undefined : parse(file, text);
};

/** Keys of the settings, or of those of the row that it builds on, in which a result departs from what is wanted. */
export const departures = (kept: KeptResult, { settings, after }: Wanted): string[] => [
  ...differingKeys(kept.settings, settings),
  ...differingKeys(kept.after, after),
];

/** The result of a row with a seed; undefined where there is none, or where it was trained with other settings. */
export const readKept = async (folder: string, wanted: Wanted): Promise<KeptResult | undefined> => {
  const kept = await readAny(folder, wanted);
  return kept && departures(kept, wanted).length === 0 ? kept : undefined;
};

export const writeKept = (folder: string, kept: KeptResult): Promise<void> =>
  writeAtomic(fileOf(folder, kept), `${JSON.stringify({ format: FORMAT, ...kept }, null, 2)}\n`);

/** Seeds of which a folder has a result of a row, whatever its settings; ascending. */
export const keptSeeds = async (folder: string, row: string): Promise<number[]> => {
  const names = await readdir(folder).catch(() => []);
  const own = fileKey(row);
  const seeds = names.flatMap((name) => {
    const seed = name.startsWith(`${own}-seed`) ? /^\d+(?=\.json$)/.exec(name.slice(own.length + 5)) : null;
    return seed ? [Number(seed[0])] : [];
  });
  return seeds.sort((a, b) => a - b);
};
