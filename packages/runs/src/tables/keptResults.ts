import { readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { fileError, isObject, UnderstoryError, type RunResult, type SplitName } from '@understory/core';
import { fileKey } from '@understory/recipes/experiments';
import { writeAtomic } from '@understory/tracking/node';
import type { Provenance } from '../run/provenance.ts';
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
  /** What tells its test images from others: alike for all seeds. In results of earlier versions, where not even that is known in all. */
  readonly tested?: string;
  /** What tells each split's images from others. */
  readonly data?: Readonly<Record<SplitName, string>>;
  /** What its run was made by and began with. */
  readonly made?: Provenance;
  readonly curve?: Curve;
}

/** Numbers after each epoch. */
export interface Curve {
  readonly loss: readonly number[];
  /** By metric, on the images that the best epoch was chosen on. */
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

/** What results of earlier versions lack, or rows that build on no other. */
const OPTIONAL = ['after', 'tested', 'data', 'made', 'curve'] as const;
type Optional = (typeof OPTIONAL)[number];

/** What a result must have been trained with to count. */
export type Wanted = Pick<KeptResult, 'row' | 'seed' | 'settings' | 'after'>;

const fileOf = (folder: string, { row, seed }: Pick<KeptResult, 'row' | 'seed'>): string =>
  path.join(folder, `${fileKey(row)}-seed${seed}.json`);

const areNumbers = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((n) => n === null || typeof n === 'number');

/** What tables and plans read of a kept result. */
const isKept = (value: Readonly<Record<string, unknown>>): value is typeof value & KeptResult => {
  const { row, seed, settings, after, data, tested, result } = value;
  return (
    typeof row === 'string' &&
    Number.isSafeInteger(seed) &&
    [settings, after, data].every((said) => said === undefined || isObject(said)) &&
    (tested === undefined || typeof tested === 'string') &&
    isObject(result) &&
    [result['last'], result['best']].every((split) => isObject(split) && areNumbers(split['test']))
  );
};

const parse = (file: string, text: string): KeptResult => {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && value['format'] === FORMAT && isKept(value)) {
      const { row, seed, settings, engine, epochs, seconds, result } = value;
      const known = OPTIONAL.filter((key) => value[key] !== undefined).map((key) => [key, value[key]]);
      const optional = Object.fromEntries(known) as Pick<KeptResult, Optional>;
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

/** What tells the images of a split from others; undefined where that was not kept. */
export const imagesOf = ({ data, tested }: KeptResult, split: SplitName): string | undefined =>
  data?.[split] ?? (split === 'test' ? tested : undefined);

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

/** Moves a result of other settings out of the way of a new one, and gives its new place; undefined where there is none. */
export const setAside = async (folder: string, wanted: Wanted): Promise<string | undefined> => {
  const kept = await readAny(folder, wanted);
  if (!kept || departures(kept, wanted).length === 0) return undefined;
  const file = fileOf(folder, wanted);
  const aside = file.replace(/json$/, 'before.json');
  await rename(file, aside);
  return aside;
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
