import { isObject } from '@understory/core';
import type { Listed } from '../runs/watchRuns.ts';
import { runConfig } from '../view/runConfig.ts';
import { json, type Answer } from './answer.ts';

/** What the page may ask for, done by whoever shows it. Each gets the run's folder. */
export interface Actions {
  /** Asks the run to stop after its step, with a checkpoint. */
  readonly stop?: (folder: string) => Promise<void>;
  /** Lets a stopped run go on, in a process of its own. */
  readonly resume?: (folder: string) => Promise<void>;
}

/** What a run can be asked for. */
export type Act = keyof Actions;

const actOf = (text: unknown): Act | undefined => (text === 'stop' || text === 'resume' ? text : undefined);

/** What a run in each state can be asked for: one that an error ended may go on once its cause is mended. */
export const ACTS: Readonly<Record<Listed['state'], Act | undefined>> = {
  ...{ running: 'stop', interrupted: 'resume', crashed: 'resume' },
  ...{ done: undefined, damaged: undefined },
};
const canBe = (what: Act, run: Listed): boolean => ACTS[run.state] === what;

const notThere: Answer = { status: 409, body: 'This run is no longer in that state.' };

/** What somebody is told before they confirm. */
export const confirmation = async (act: unknown, run: Listed | undefined): Promise<Answer> => {
  const what = actOf(act);
  if (!what || !run || !canBe(what, run)) return notThere;
  const { name, folder, problem } = run;
  if (what === 'stop')
    return json({
      title: `Stop ${name}?`,
      text: 'It ends after the step in flight and keeps a checkpoint, from which it can go on to the same bits.',
      word: 'Stop it',
    });
  const { plugins } = await runConfig(folder);
  const loads =
    plugins.length > 0 ? ` It loads the plugins that its config names: ${plugins.join(', ')}.` : '';
  const cause = problem === undefined ? '' : `An error ended it: ${problem} `;
  return json({
    title: `Resume ${name}?`,
    text: `${cause}It goes on from its last checkpoint, in a process of its own, with the config that it began with.${loads}`,
    word: 'Resume it',
  });
};

/** Does what was confirmed. */
export const perform = async (sent: unknown, runs: readonly Listed[], actions: Actions): Promise<Answer> => {
  const what = isObject(sent) ? actOf(sent['act']) : undefined;
  const run = isObject(sent) ? runs.find(({ id }) => id === sent['run']) : undefined;
  const action = what && actions[what];
  if (!action || !run || !canBe(what, run)) return notThere;
  try {
    await action(run.folder);
    return { status: 200, body: what === 'stop' ? `${run.name} was asked to stop.` : `${run.name} goes on.` };
  } catch (error) {
    return { status: 500, body: error instanceof Error ? error.message : String(error) };
  }
};
