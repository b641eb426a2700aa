import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  changesOf,
  openSweep,
  runSweep,
  storyOf,
  type FinishedSweep,
  type OpenedSweep,
  type SweepOptions,
} from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { interruptible } from '../interrupt.ts';
import { sweepText } from '../sweepText.ts';
import { preparation } from '../progress.ts';
import { tellChoices } from '../tellChoices.ts';
import { say, tell } from '../output/voice.ts';
import { typable } from '../output/width.ts';
import { inTerminal, sideBySide } from '../terminal.ts';

interface SweepCommandOptions extends SweepOptions {
  readonly runs: string;
  readonly retry: boolean;
}

/** The words of the command that does this sweep again. */
const wordsOf = (file: string, options: SweepCommandOptions): string[] => {
  const { over, search, trials, seeds, jobs, measure, goal, at, stop, grace, test } = options;
  const said = (flag: string, value?: string | number, usual?: string | number): string[] =>
    value === undefined || value === usual ? [] : [flag, String(value)];
  return [
    ...['understory', 'sweep', file, ...over.flatMap((one) => ['--over', one])],
    ...said('--search', search, 'grid'),
    ...said('--trials', trials),
    ...said('--seeds', seeds, 1),
    ...said('--jobs', jobs, 1),
    ...said('--measure', measure),
    ...said('--goal', goal),
    ...said('--at', at, 'last'),
    ...said('--stop', stop, 'none'),
    ...said('--grace', grace),
    ...(test ? ['--test'] : []),
  ];
};

/** The table, and what can be done next. */
const show = ({ sweep, complete, page }: FinishedSweep, opened: OpenedSweep, told: Told): void => {
  const story = storyOf(sweep, opened);
  const [best] = story.standings;
  const next =
    best?.trial.state === 'ended'
      ? `\n\nThe best, with a seed that the sweep has not seen:\n  ${told.train(changesOf(sweep, best.trial, opened.choices))}`
      : '';
  const goOn = complete ? '' : `\n\nStopped. Go on with:\n  ${told.command}`;
  process.stdout.write(`\n${sweepText(story)}${typable(next + goOn)}\n\nPage: ${path.relative('.', page)}\n`);
  process.stdout.write(`      ${pathToFileURL(page).href}\n`);
};

interface Told {
  readonly command: string;
  readonly train: (changes: readonly string[]) => string;
}

/** `understory sweep <config>`: trials of values of its keys, each a run for each seed, then their table and page. */
export const sweep = async (file: string, options: SweepCommandOptions): Promise<void> => {
  const { set, runs, jobs, retry } = options;
  const opened = await openSweep(file, options, { say, onProgress: preparation() });
  tellChoices(opened.choices, tell);
  const shown = path.relative('.', file);
  const told: Told = {
    command: shellCommand(wordsOf(shown, options), { set, runs }),
    train: (changes) => shellCommand(['understory', 'train', shown], { set: [...set, ...changes], runs }),
  };
  const { signal, release } = interruptible();
  const listeners = { ...(jobs > 1 ? sideBySide : inTerminal), signal };
  const finished = await runSweep(opened, { runs, jobs, retry, ...told }, listeners).finally(release);
  show(finished, opened, told);
};
