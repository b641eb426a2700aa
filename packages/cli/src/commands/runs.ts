import { briefly } from '@understory/core';
import { listRuns, type RunSummary } from '@understory/tracking/node';
import { print } from '../output/voice.ts';
import { jsonText, textTable } from '../text.ts';

/** What is said before the reason why a run is what it is. */
const ENDED: Partial<Record<RunSummary['state'], string>> = { crashed: 'crashed' };

/** `understory runs`: what was trained, newest first. */
export const runs = async ({ runs: root, json }: { runs: string; json: boolean }): Promise<void> => {
  const all = await listRuns(root);
  if (json) {
    process.stdout.write(`${jsonText(all)}\n`);
    return;
  }
  if (all.length === 0) {
    print(`No runs in ${root} yet. Start one: understory start`);
    return;
  }
  const metrics = (run: RunSummary): string =>
    Object.entries(briefly(run.metrics, run))
      .map(([name, value]) => `${name} ${value.toFixed(3)}`)
      .join(', ');
  const rows = all.map((r) => [
    r.name,
    r.state,
    r.date.toISOString().slice(0, 16).replace('T', ' '),
    r.state === 'damaged' ? '' : metrics(r),
  ]);
  process.stdout.write(`${textTable(['run', 'state', 'date (UTC)', 'metrics'], rows)}\n`);
  for (const { name, state, problem } of all) {
    if (problem !== undefined) print(`\n${name} ${ENDED[state] ?? 'is damaged'}. ${problem}`);
  }
};
