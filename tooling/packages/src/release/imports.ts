import type { User } from './user.ts';
import { must } from './user.ts';
import { entriesOf, publishedPackages } from '../workspace.ts';

const timing = (entry: string): string =>
  `const a = process.cpuUsage(); await import('${entry}'); const b = process.cpuUsage(a); console.log((b.user + b.system) / 1e6); process.exit()`;

/** Entries, and tfjs under them, each imported alone in a process of its own three times: seconds of CPU time, the least. */
export const importTimes = async (user: User, folder: string): Promise<ReadonlyMap<string, number>> => {
  const entries = publishedPackages().flatMap(({ manifest }) => entriesOf(manifest));
  const times = new Map<string, number>();
  for (const entry of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', ...entries]) {
    const seconds: number[] = [];
    for (let i = 0; i < 3; i++) {
      const said = await must(user, folder, `node --input-type=module -e "${timing(entry)}"`);
      seconds.push(Number(said.trim().split('\n').at(-1)));
    }
    times.set(entry, Math.min(...seconds));
  }
  return times;
};

/** Longest first, those above `limit` marked. */
export const tellTimes = (times: ReadonlyMap<string, number>, limit = 0.3): void => {
  for (const [entry, seconds] of [...times].sort(([, a], [, b]) => b - a))
    console.log(`${seconds > limit ? 'over' : 'ok  '} ${seconds.toFixed(2)} s  ${entry}`);
};
