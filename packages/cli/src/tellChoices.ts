import { choiceLines, type Choice, type Say } from '@understory/runs';
import { columnsOf, wrapTo } from './output/width.ts';

/** Tells what a config left to its data and what became of it, an entry each; nothing where it left nothing. */
export const tellChoices = (choices: readonly Choice[], say: Say): void => {
  if (choices.length === 0) return;
  say('Chosen by the data, as the config says nothing of it:');
  for (const line of choiceLines(choices))
    for (const part of wrapTo(`  ${line}`, columnsOf() ?? Infinity, '    ')) say(part);
};
