import {
  add,
  scalar,
  sub,
  sum,
  square,
  tensor1d,
  tensor2d,
  tidy,
  type NamedTensorMap,
} from '@tensorflow/tfjs-core';
import type { ScheduleFactory, Transform } from '@understory/core';
import { allFinite, check, isSame, requireThat, withoutReading, type ChecksOfKind } from '../check.ts';

const begin = (): NamedTensorMap => ({
  matrix: tensor2d([0.5, -1, 2, 3, -2, 0.1], [3, 2]),
  vector: tensor1d([4, -3]),
});

/** Minimises the sum of (w - 1)², whose gradient is 2 (w - 1), and gives it at the beginning and at the end. */
const minimise = (transform: Transform, steps: number): { losses: [number, number]; values: number[] } =>
  tidy(() => {
    let variables = begin();
    let state = transform.init(variables);
    const loss = (): number =>
      Object.values(variables).reduce((total, w) => total + (sum(square(sub(w, 1))).dataSync()[0] ?? NaN), 0);
    const first = loss();
    for (let step = 0; step < steps; step++) {
      const gradients = Object.fromEntries(
        Object.entries(variables).map(([name, w]) => [name, sub(add(w, w), 2)]),
      );
      const context = { variables, rate: scalar(0.02), step: scalar(step) };
      const now = withoutReading(() => transform.update(gradients, state, context));
      state = now.state;
      variables = Object.fromEntries(
        Object.entries(variables).map(([name, w]) => [name, add(w, now.updates[name] ?? 0)]),
      );
    }
    return {
      losses: [first, loss()],
      values: Object.values(variables).flatMap((w) => Array.from(w.dataSync())),
    };
  });

/** `OPTIMIZER`: makes updates of gradients. */
export const optimizerChecks: ChecksOfKind<Transform> = (make) => [
  check('goes down a bowl, by tensor operations alone', () => {
    const { losses, values } = minimise(make(), 30);
    requireThat(
      allFinite(values) && losses[1] < losses[0],
      `thirty steps take the sum of squares from ${losses[0]} to ${losses[1]}`,
    );
  }),
  check('is a function of gradients, state and step alone', () => {
    const transform = make();
    requireThat(
      isSame(minimise(transform, 5).values, minimise(transform, 5).values),
      'a second run from the same beginning ends elsewhere: keep all state in `state`',
    );
  }),
  check('gives an update of each variable, and the same state by name', () => {
    tidy(() => {
      const [transform, variables] = [make(), begin()];
      const state = transform.init(variables);
      const next = transform.update(begin(), state, { variables, rate: scalar(0.1), step: scalar(0) });
      for (const [name, { shape }] of Object.entries(variables))
        requireThat(
          isSame(next.updates[name]?.shape ?? [NaN], shape),
          `the update of "${name}" is [${next.updates[name]?.shape.join(', ')}], not [${shape.join(', ')}]`,
        );
      requireThat(
        Object.keys(next.state).sort().join() === Object.keys(state).sort().join(),
        'the state has other names after an update',
      );
    });
  }),
];

/** `SCHEDULE`: the rate at each step. */
export const scheduleChecks: ChecksOfKind<ScheduleFactory> = (make) => {
  const plan = { stepsPerEpoch: 10, epochs: 20 };
  const rates = (): number[] => {
    const schedule = make()(plan);
    return Array.from({ length: 200 }, (_, step) => schedule(step));
  };
  return [
    check('gives a rate at every step of a run', () => {
      const odd = rates().findIndex((rate) => !(rate >= 0 && rate < Infinity));
      requireThat(odd < 0, `the rate at step ${odd} is ${rates()[odd]}`);
      requireThat(
        rates().some((rate) => rate > 0),
        'every rate is zero',
      );
    }),
    check('is a function of the step alone', () => {
      const schedule = make()(plan);
      const last = schedule(199);
      requireThat(
        isSame([last, ...rates().slice(0, 1)], [schedule(199), schedule(0)]),
        'a step asked for twice has two rates',
      );
    }),
  ];
};
