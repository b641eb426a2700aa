import { choiceLines, type Choice, type Say } from '@understory/runs';

/** Tells what a config left to its data and what became of it, a line each; nothing where it left nothing. */
export const tellChoices = (choices: readonly Choice[], say: Say): void => {
  if (choices.length === 0) return;
  say('Chosen by the data, as the config says nothing of it:');
  for (const line of choiceLines(choices)) say(`  ${line}`);
};
