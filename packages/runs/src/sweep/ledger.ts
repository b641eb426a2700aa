import type { OpenedSweep } from './openSweep.ts';
import { checkSame, readSweep, type Sweep } from './sweepFile.ts';
import type { Trial } from './trial.ts';

/** A sweep as it stands, kept in its folder after each change. */
export interface Ledger {
  readonly now: () => Sweep;
  readonly put: (index: number, trial: Trial) => Promise<void>;
}

export const keepLedger = (begun: Sweep, write: (sweep: Sweep) => Promise<void>): Ledger => {
  let sweep = begun;
  let written = Promise.resolve();
  const put = (index: number, trial: Trial): Promise<void> => {
    const tried = [...sweep.tried];
    tried[index] = trial;
    sweep = { ...sweep, tried };
    const state = sweep;
    written = written.then(() => write(state));
    return written;
  };
  return { now: () => sweep, put };
};

/** Trials that failed are begun again where that is asked for. */
const reopened = (trial: Trial): Trial =>
  trial.state === 'failed' ? { values: trial.values, state: 'begun', runs: [] } : trial;

/** The sweep of a folder, where it was begun, or a new one. */
export const openLedger = async (
  { settings }: OpenedSweep,
  { retry }: { readonly retry: boolean },
  file: string,
): Promise<Sweep> => {
  const before = await readSweep(file);
  if (!before) return { ...settings, tried: [] };
  checkSame(file, before, settings);
  const { trials } = settings;
  return { ...before, trials, tried: retry ? before.tried.map(reopened) : before.tried };
};
