import { cut, readSpec, type Spec } from '@understory/core';
import type { Choice } from './suitConfig.ts';

const optionText = ([name, value]: readonly [string, unknown]): string => `${name} ${String(value)}`;

/** A schedule in words: `cosine, rate 0.05, warmupEpochs 1`. */
const specText = (spec: Spec): string => {
  const [name, options] = readSpec(spec) ?? ['', {}];
  return [name, ...Object.entries(options).map(optionText)].join(', ');
};

const nameOf = (spec: Spec): string => readSpec(spec)?.[0] ?? '';

const viewsText = (views: readonly (readonly Spec[])[]): string =>
  views.map((view) => view.map(nameOf).join(' + ') || 'as it is').join(' | ');

const valueText = ({ key, value }: Choice): string => {
  if (key === 'views' || key === 'unlabelled.views') return viewsText(value as readonly (readonly Spec[])[]);
  return key === 'schedule' ? specText(value as Spec) : String(value);
};

/** What was chosen for a config, a line each: `batch 16: 245 training images, the least`. */
export const choiceLines = (choices: readonly Choice[]): string[] =>
  choices.map((choice) => cut(`${choice.key} ${valueText(choice)}: ${choice.why}`, 400));
