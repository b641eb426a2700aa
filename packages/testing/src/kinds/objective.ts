import type { Objective, StepEvent, Stream } from '@understory/core';
import { streamOf, trainSteps } from '@understory/core/testing';
import { check, leavesNothing, requireThat, type ChecksOfKind } from '../check.ts';

const STEPS = 3;

/** `OBJECTIVE`: adds terms to the loss. It trains a small network for three steps, by the trainer itself. */
export const objectiveChecks: ChecksOfKind<Objective> = (make, { streams }) => {
  const seen = (objective: Objective): readonly Stream[] =>
    streams ?? [streamOf({ batch: 8, views: objective.views ?? 1 })];
  const train = async (): Promise<readonly StepEvent[]> => {
    const objective = make();
    const { events, training } = await trainSteps([objective], { steps: STEPS, streams: seen(objective) });
    training.dispose();
    return events;
  };
  return [
    check('gives terms that are finite, by the same names at each step', async () => {
      const events = await train();
      const names = events.map(({ terms }) => Object.keys(terms).join(', '));
      requireThat(names[0] !== '' && new Set(names).size === 1, `terms by step: ${names.join('; ')}`);
      requireThat(
        events.every(({ loss }) => Number.isFinite(loss)),
        `losses by step: ${events.map(({ loss }) => loss).join(', ')}`,
      );
    }),
    check('repeats to the bit', async () => {
      const [a, b] = [await train(), await train()];
      const losses = (events: readonly StepEvent[]): string => events.map(({ loss }) => loss).join(', ');
      requireThat(
        losses(a) === losses(b),
        `losses are ${losses(a)}, and then ${losses(b)}: draw from the seed that build is given`,
      );
    }),
    check('leaves no tensor behind', () =>
      leavesNothing('a run', async () => {
        await train();
      }),
    ),
  ];
};
