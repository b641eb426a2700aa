import { readFile } from 'node:fs/promises';
import type { ExperimentConfig } from '@understory/config';
import { fileError, isObject, listed, shown, UnderstoryError } from '@understory/core';
import { errnoOf } from '@understory/core/node';
import { writeAtomic } from '@understory/tracking/node';
import { differingKeys, sameSettings, settingsOf } from '../run/settings.ts';
import type { Search } from './propose.ts';
import type { Space } from './space.ts';
import type { Stopping } from './stopping.ts';
import type { Measuring, Trial } from './trial.ts';

const FORMAT = 'understory-sweep-1';

/** What decides all of a sweep. */
export interface SweepSettings extends Measuring, Stopping {
  readonly config: ExperimentConfig;
  readonly over: Space;
  readonly search: Search;
  readonly trials: number;
  /** Seeds of each trial: the config's own and those that follow it. */
  readonly seeds: number;
  /** Whether test images are looked at. */
  readonly test: boolean;
  /** A trial is decided by those that are at least so many before it: as many are trained at a time. */
  readonly apart: number;
}

export interface Sweep extends SweepSettings {
  readonly tried: readonly Trial[];
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => one === null || typeof one === 'number');

const isRun = (value: unknown): boolean =>
  isObject(value) &&
  isNumbers(value['curve']) &&
  [value['seed'], value['epochs'], value['seconds']].every((one) => typeof one === 'number') &&
  [value['name'], value['measured']].every((one) => typeof one === 'string') &&
  [value['value'], value['test']].every(
    (one) => one === undefined || one === null || typeof one === 'number',
  );

const isTrial = (value: unknown): value is Trial =>
  isObject(value) &&
  isObject(value['values']) &&
  ['begun', 'ended', 'stopped', 'failed'].includes(String(value['state'])) &&
  (value['reason'] === undefined || typeof value['reason'] === 'string') &&
  Array.isArray(value['runs']) &&
  value['runs'].every(isRun);

/** The keys of which tables and plans are made. Settings are compared with those that are asked for, and need no look. */
const isSweep = (value: unknown): value is Sweep =>
  isObject(value) &&
  value['format'] === FORMAT &&
  isObject(value['config']) &&
  Array.isArray(value['over']) &&
  Array.isArray(value['tried']) &&
  value['tried'].every(isTrial) &&
  Number.isSafeInteger(value['trials']) &&
  Number.isSafeInteger(value['apart']) &&
  (value['apart'] as number) > 0;

/** JSON writes NaN as null; in a trial's numbers it is read as NaN again. */
const NUMBERS = new Set(['value', 'test']);
const revive = (key: string, value: unknown): unknown => {
  if (value === null && NUMBERS.has(key)) return NaN;
  return key === 'curve' && Array.isArray(value) ? value.map((one: unknown) => one ?? NaN) : value;
};

/** The sweep that a file keeps; undefined where there is none. Errors: `bad-sweep`. */
export const readSweep = async (file: string): Promise<Sweep | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fileError('read', file, error);
  });
  if (text === undefined) return undefined;
  try {
    const raw: unknown = JSON.parse(text);
    if (isSweep(raw)) {
      const { tried } = JSON.parse(text, revive) as Sweep;
      return { ...raw, tried };
    }
  } catch {
    // told below
  }
  throw new UnderstoryError(
    'bad-sweep',
    `${file} is not a sweep that this version can read (${FORMAT}). Delete its folder, or give --runs another one.`,
  );
};

export const writeSweep = (file: string, sweep: Sweep): Promise<void> =>
  writeAtomic(file, `${JSON.stringify({ format: FORMAT, ...sweep }, null, 2)}\n`);

/** What may be otherwise when a sweep goes on. */
const FREE = new Set(['trials', 'apart', 'tried', 'format']);

const plain = (settings: SweepSettings): Record<string, unknown> => {
  const { config, ...rest } = settings;
  return { ...rest, ...settingsOf(config) };
};

/** Refuses to go on with a sweep that was begun otherwise. Errors: `other-settings`. */
export const checkSame = (file: string, before: SweepSettings, now: SweepSettings): void => {
  const [a, b] = [plain(before), plain(now)];
  const differing = differingKeys(a, b).filter((key) => !FREE.has(key) && !sameSettings(a[key], b[key]));
  const [first] = differing;
  if (first !== undefined)
    throw new UnderstoryError(
      'other-settings',
      `${file} was begun with other settings: ${listed(differing, 80)}, where ${first} was ${shown(a[first])} and is ${shown(b[first])}. ` +
        'Go on as it was begun, or give --runs another folder, or the config another name.',
    );
  if (now.trials < before.trials)
    throw new UnderstoryError(
      'other-settings',
      `${file} was begun with ${before.trials} trials, and now there are to be ${now.trials}. Give as many, or more.`,
    );
};
