import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../workspace.ts';
import { tried, type Outcome } from './outcome.ts';
import { must, type User } from './user.ts';

const README = path.join(ROOT, 'packages/create-plugin/README.md');

/** Minutes within which somebody who reads the docs has trained a plugin of their own. */
const PATIENCE = 15;

/** What the page has one do: its shell lines, and its files written where they stand between these. */
export const scriptOf = (markdown: string): string =>
  [...markdown.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)]
    .flatMap(([, language, file = '', body = '']) => {
      if (file !== '') return [`cat > ${file} <<'END_OF_FILE'\n${body}END_OF_FILE`];
      return language === 'sh' ? [body] : [];
    })
    .join('\n');

/** The part on use: before it stands how one installs the package for its functions. */
const useOf = (markdown: string): string =>
  markdown.split(/^## /m).find((part) => part.startsWith('Use\n')) ?? '';

/** From an empty folder to a trained plugin of one's own, by the page's own lines in their order. */
export async function* becomePluginAuthor(user: User): AsyncGenerator<Outcome> {
  const folder = user.folder('newcomer');
  const began = performance.now();
  yield await tried(user, `from nothing to a trained plugin in ${PATIENCE} minutes`, async () => {
    const said = await must(user, folder, `set -e\n${scriptOf(useOf(readFileSync(README, 'utf8')))}`);
    if (!existsSync(path.join(folder, 'my-loss/runs/with-my-loss/metrics.jsonl')))
      throw new Error(`Nothing was trained:\n${said.slice(-2000)}`);
    console.log(said.split('\n').slice(-12).join('\n'));
    const minutes = (performance.now() - began) / 60_000;
    if (minutes > PATIENCE) throw new Error(`It took ${minutes.toFixed(1)} minutes.`);
  });
}
