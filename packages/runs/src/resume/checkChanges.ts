import type { ExperimentConfig } from '@understory/config';
import { UnderstoryError, unknownName, type Registry } from '@understory/core';
import { changesBetween, shownValue } from './changes.ts';
import { ALLOWABLE, isAllowed, ruleOf, RESUME_RULES, topKey, type Change } from './rules.ts';
import { settledConfig } from './settled.ts';

/** `schedule.rate (0.05 → 0.01)`. */
export const changeText = ({ key, before, after }: Change): string =>
  `${key} (${shownValue(before)} → ${shownValue(after)})`;

const few = (changes: readonly Change[]): string =>
  changes.slice(0, 2).map(changeText).join(', ') +
  (changes.length > 2 ? ` and ${changes.length - 2} more` : '');

/** Errors: `unknown-name`, `resume` for a word of --allow that can allow nothing. */
export const checkAllow = (allow: readonly string[]): void => {
  for (const word of allow) {
    if (ALLOWABLE.includes(word)) continue;
    if (!(word in RESUME_RULES)) throw unknownName('key to allow', word, ALLOWABLE);
    const rule = (RESUME_RULES as Readonly<Record<string, string>>)[word];
    const why = rule === 'free' ? 'may change without being allowed' : 'cannot change when a run goes on';
    throw new UnderstoryError(
      'resume',
      `--allow ${word}: it ${why}. What may be allowed: ${ALLOWABLE.join(', ')}.`,
    );
  }
};

/** Views that follow from the objectives are no change of their own. */
const withoutDerived = (changes: readonly Change[]): readonly Change[] => {
  const derived = changes.some(({ key }) => topKey(key) === 'objectives');
  return derived ? changes.filter(({ key }) => !/^(unlabelled\.)?views/.test(key)) : changes;
};

/**
 * What a config changes of the one that a run was begun with.
 * Errors: `resume` where one of it can never change, with both values.
 */
export const possibleChanges = (
  registry: Registry,
  { before, after, folder }: { before: ExperimentConfig; after: ExperimentConfig; folder: string },
): readonly Change[] => {
  const all = changesBetween(settledConfig(registry, before), settledConfig(registry, after));
  const changes = withoutDerived(all);
  const fixed = changes.filter((change) => ruleOf(change) === 'fixed');
  if (fixed.length === 0) return changes;
  throw new UnderstoryError(
    'resume',
    `The run in ${folder} was begun with other values of what cannot change: ${few(fixed)}. ` +
      'Give those that it was begun with, or leave out --resume to start a new run.',
  );
};

/** Errors: `resume` where a change was not asked for with --allow. */
export const checkAsked = (changes: readonly Change[], allow: readonly string[]): void => {
  const asked = changes.filter((change) => ruleOf(change) === 'asked' && !isAllowed(change, allow));
  if (asked.length === 0) return;
  const keys = [...new Set(asked.map(({ key }) => topKey(key)))].join(',');
  throw new UnderstoryError(
    'resume',
    `The run was begun with other values: ${few(asked)}. Add --allow ${keys} to train so from here on, ` +
      'or give those that it was begun with.',
  );
};
