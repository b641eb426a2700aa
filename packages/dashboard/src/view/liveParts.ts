import { reportParts, renderSection, type ReportParts } from '@understory/report/node';
import type { ReportInput, ReportMethod, Section } from '@understory/report';
import type { Watched } from '../runs/watchRuns.ts';
import { ranks } from './ranks.ts';
import { reportOfRuns } from './reportOfRuns.ts';
import type { LookOf } from './runLook.ts';
import { speed } from './speed.ts';

/** A part of the page as the browser puts it in. */
export interface LivePart {
  readonly id: string;
  readonly short: string;
  readonly markup: string;
}

export interface LiveParts {
  readonly headline: string;
  readonly standfirst: string;
  readonly parts: readonly LivePart[];
}

/** Parts that a report has not: how runs train. */
export const OWN_PARTS: readonly ((
  runs: readonly Watched[],
  methods: readonly ReportMethod[],
) => Section | undefined)[] = [speed, ranks];

const NONE: LiveParts = { headline: '', standfirst: '', parts: [] };

const unreadable = (runs: readonly Watched[]): string => {
  const said = runs.flatMap(({ name, told, problem }) => {
    const { unreadable: lines = 0, every = 1, read = 1 } = told ?? {};
    return [
      ...(problem === undefined ? [] : [`An error ended ${name}: ${problem}`]),
      ...(told ? [] : [`${name} cannot be read.`]),
      ...(lines > 0 ? [`${lines} lines of ${name} cannot be read, and are left out.`] : []),
      ...(every > 1 ? [`Of the steps of ${name} every ${every}. is drawn.`] : []),
      ...(read < 1 ? [`${name} is being read: ${Math.floor(read * 100)} % so far.`] : []),
    ];
  });
  return said.join(' ');
};

const placesOf = (runs: readonly Watched[]): string =>
  runs.map(({ name, epoch, epochs }) => `${name} at epoch ${epoch} of ${epochs}`).join(', ');

/** Runs that nobody trains, in the order in which they are told. */
const ENDED = { crashed: 'Crashed', damaged: 'Damaged', interrupted: 'Stopped', done: 'Done' } as const;

/** Trained runs are headed by their result, others by what they do. */
const headed = (runs: readonly Watched[], headline: string): string => {
  const training = runs.filter(({ state }) => state === 'running');
  if (training.length === 0 && runs.every(({ told }) => told?.done?.result)) return headline;
  if (training.length > 0) return `In training: ${placesOf(training)}.`;
  return Object.entries(ENDED)
    .map(([state, word]) => [word, runs.filter((run) => run.state === state)] as const)
    .flatMap(([word, own]) => (own.length > 0 ? [`${word}: ${placesOf(own)}.`] : []))
    .join(' ');
};

const isShown = (input: ReportInput, { id }: Section): boolean =>
  id !== 'result' || input.methods.some(({ result }) => result !== undefined);

/** Where what runs kept to be looked at does not fit together, their curves are shown all the same. */
export const madeOf = async (
  runs: readonly Watched[],
  lookOf: LookOf,
): Promise<{ readonly input: ReportInput; readonly made: ReportParts }> => {
  const input = await reportOfRuns(runs, lookOf);
  try {
    return { input, made: reportParts(input) };
  } catch {
    const plain = await reportOfRuns(runs, () => Promise.resolve({}));
    return { input: plain, made: reportParts(plain) };
  }
};

/** The sections of a report of runs that may still train, with how fast they are. */
export const liveParts = async (runs: readonly Watched[], lookOf: LookOf): Promise<LiveParts> => {
  if (runs.length === 0) return NONE;
  const { input, made } = await madeOf(runs, lookOf);
  const pace = OWN_PARTS.flatMap((part) => part(runs, input.methods) ?? []);
  const sections = [...made.sections.filter((section) => isShown(input, section)), ...pace];
  return {
    headline: headed(runs, made.headline),
    standfirst: [made.standfirst, unreadable(runs)].filter((text) => text !== '').join(' '),
    parts: sections.map((section) => ({
      id: section.id,
      short: section.short,
      markup: renderSection(section).text,
    })),
  };
};
