import { mul } from '@tensorflow/tfjs-core';
import { mapNamed, nearest, UnderstoryError, type Transform } from '@understory/core';
import { transform } from './transform.ts';

/** Factors of the learning rate by pattern: `*` stands for any characters of a variable's name. */
export type Rates = Readonly<Record<string, number>>;

const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(name);

/** Product of the factors whose patterns match. */
const factorOf = (rates: Rates, name: string): number =>
  Object.entries(rates).reduce((f, [pattern, factor]) => (matches(pattern, name) ? f * factor : f), 1);

const checkPatterns = (rates: Rates, names: readonly string[]): void => {
  for (const pattern of Object.keys(rates)) {
    if (names.some((name) => matches(pattern, name))) continue;
    const near = nearest(pattern, names) ?? names[0];
    throw new UnderstoryError(
      'unknown-name',
      `The rate for "${pattern}" matches no variable. A name looks like "${near}"; "*" stands for any characters.`,
    );
  }
};

/**
 * Layer-wise learning rates: multiplies the updates of the variables that patterns match, weight decay's part included.
 * Throws `unknown-name` at `init` for a pattern that matches none.
 */
export const scaleByName = (rates: Rates, then: Transform): Transform =>
  transform({
    init: (variables) => {
      checkPatterns(rates, Object.keys(variables));
      return then.init(variables);
    },
    update: (gradients, state, context) => {
      const next = then.update(gradients, state, context);
      return {
        ...next,
        updates: mapNamed(next.updates, (update, name) => mul(update, factorOf(rates, name))),
      };
    },
  });
