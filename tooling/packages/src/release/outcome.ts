import { lackedBy } from './lacking.ts';
import { FailedLine, type User } from './user.ts';

/** What came of one thing that a stranger does. Left out: what the registry that npm is set up for has not, so nobody could. */
export interface Outcome {
  readonly what: string;
  readonly state: 'ok' | 'failed' | 'left out';
  readonly seconds: number;
  readonly why?: string;
}

const told = async ({ upstream }: User, error: unknown): Promise<Pick<Outcome, 'state' | 'why'>> => {
  const lacking = error instanceof FailedLine ? await lackedBy(upstream, error.text) : [];
  if (lacking.length > 0) return { state: 'left out', why: `${upstream} has no ${lacking.join(', ')}` };
  return { state: 'failed', why: error instanceof Error ? error.message : String(error) };
};

/** Does one thing, and tells what came of it instead of throwing. */
export const tried = async (user: User, what: string, work: () => Promise<unknown>): Promise<Outcome> => {
  const began = performance.now();
  const outcome = await work().then(
    () => ({ state: 'ok' }) as const,
    (error: unknown) => told(user, error),
  );
  return { what, ...outcome, seconds: (performance.now() - began) / 1000 };
};

/** One line of it, and the reason below. */
export const outcomeText = ({ what, state, seconds, why }: Outcome): string =>
  `${state.padEnd(8)} ${seconds.toFixed(0).padStart(4)} s  ${what}${why === undefined ? '' : `\n  ${why.replaceAll('\n', '\n  ')}`}`;

/** All outcomes in one line. */
export const countText = (all: readonly Outcome[]): string => {
  const count = (state: Outcome['state']): number => all.filter((one) => one.state === state).length;
  return `${count('ok')} ok, ${count('failed')} failed, ${count('left out')} left out`;
};

/** Exit code of it all: 1 where something failed, 2 where nothing did and something was left out. */
export const exitCode = (all: readonly Outcome[]): number => {
  if (all.some(({ state }) => state === 'failed')) return 1;
  return all.some(({ state }) => state === 'left out') ? 2 : 0;
};
