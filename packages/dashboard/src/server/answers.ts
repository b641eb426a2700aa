import type { IncomingMessage } from 'node:http';
import { buildReport } from '@understory/report/node';
import { machineLoad, type MachineLoad } from '../runs/machineLoad.ts';
import { watchRuns, type Listed, type Watched } from '../runs/watchRuns.ts';
import { livePage } from '../view/livePage.ts';
import { liveParts, madeOf, type LiveParts } from '../view/liveParts.ts';
import { runLooks } from '../view/runLook.ts';
import { loadText, overview } from '../view/overview.ts';
import { confirmation, perform, type Actions } from './actions.ts';
import { json, type Answer } from './answer.ts';
import { sentBy } from './respond.ts';

/** Runs that are shown where nobody chose: those that train, else the newest. */
const FIRST = 3;
const ID = /^[0-9a-f]{12}$/;

const firstChoice = (runs: readonly Listed[]): readonly string[] => {
  const training = runs.filter(({ state }) => state === 'running');
  return (training.length > 0 ? training : runs.slice(0, 1)).slice(0, FIRST).map(({ id }) => id);
};

const idsOf = (url: URL): readonly string[] | undefined =>
  url.searchParams
    .get('runs')
    ?.split(',')
    .filter((id) => ID.test(id));

/** What tells whether anything that is shown of runs has changed. */
const markOf = (runs: readonly Watched[]): string =>
  runs
    .map(({ id, state, told: t }) =>
      [id, state, t?.lastStep?.step, t?.epochs.length, t?.done?.step, t?.read, t?.unreadable].join('.'),
    )
    .join('-');

const failed = (error: unknown): LiveParts => ({
  headline: 'These runs cannot be shown.',
  standfirst: error instanceof Error ? error.message : String(error),
  parts: [],
});

/** Answers what a page asks, once it may be answered. */
export const answers = (
  root: string,
  actions: Actions,
): ((request: IncomingMessage, url: URL) => Promise<Answer>) => {
  const runs = watchRuns(root);
  const looks = runLooks();
  const load: () => MachineLoad = machineLoad();
  const can = { stop: actions.stop !== undefined, resume: actions.resume !== undefined };

  const state = async (url: URL): Promise<Answer> => {
    const all = await runs.list();
    const chosen = idsOf(url) ?? firstChoice(all);
    const watched = await runs.watch(chosen);
    const mark = markOf(watched);
    const fresh = mark === url.searchParams.get('seen') ? {} : await liveParts(watched, looks).catch(failed);
    return json({ chosen, list: overview(all, can).text, machine: loadText(load()), seen: mark, ...fresh });
  };
  const frozen = async (url: URL): Promise<Answer> => {
    const watched = await runs.watch(idsOf(url) ?? []);
    if (watched.length === 0) return { status: 404, body: 'There is no such run.' };
    return {
      status: 200,
      type: 'text/html',
      file: 'report.html',
      body: buildReport((await madeOf(watched, looks)).input),
    };
  };
  const named = async (url: URL): Promise<Listed | undefined> =>
    (await runs.list()).find(({ id }) => id === url.searchParams.get('run'));

  return async (request, url) => {
    const asked = `${request.method ?? ''} ${url.pathname}`;
    if (asked === 'GET /') return { status: 200, type: 'text/html', body: livePage(root) };
    if (asked === 'GET /here') return { status: 200 };
    if (asked === 'GET /state') return state(url);
    if (asked === 'GET /page.html') return frozen(url);
    if (asked === 'GET /ask') return confirmation(url.searchParams.get('act'), await named(url));
    if (asked === 'POST /do') return perform(await sentBy(request), await runs.list(), actions);
    return { status: 404, body: 'There is nothing here.' };
  };
};
