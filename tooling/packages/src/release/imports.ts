import { entriesOf, publishedPackages } from '../workspace.ts';
import { tried, type Outcome } from './outcome.ts';
import { must, type User } from './user.ts';

/** Seconds of a processor within which an entry is imported. */
const LIMIT = 0.3;

const timing = (entry: string): string =>
  `const a = process.cpuUsage(); await import('${entry}'); const b = process.cpuUsage(a); console.log((b.user + b.system) / 1e6); process.exit()`;

/** Times that an entry is imported, and where all were too long: whatever else the machine does makes some of them longer. */
const [TIMES, MOST] = [3, 12];

/** Seconds of a processor that importing an entry takes in a process of its own: the least of three, or of more where those are too long. */
const timeOf = async (user: User, folder: string, entry: string): Promise<number> => {
  let least = Infinity;
  for (let i = 0; i < TIMES || (least > LIMIT && i < MOST); i++) {
    const said = await must(user, folder, `node --input-type=module -e "${timing(entry)}"`);
    least = Math.min(least, Number(said.trim().split('\n').at(-1)));
  }
  return least;
};

/** Installs all packages in one project, and imports each entry alone, and tfjs, which is under them. */
export async function* importEntries(user: User): AsyncGenerator<Outcome> {
  const folder = user.folder('imports');
  const all = publishedPackages();
  const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'zod'];
  const line = `npm init -y > /dev/null; npm install ${[...all.map(({ name }) => name), ...peers].join(' ')}`;
  const installed = await tried(user, 'all packages are installed in one project', () =>
    must(user, folder, line),
  );
  yield installed;
  if (installed.state !== 'ok') return;
  for (const entry of [...peers.slice(0, 2), ...all.flatMap(({ manifest }) => entriesOf(manifest))]) {
    yield await tried(user, `importing ${entry}`, async () => {
      const seconds = await timeOf(user, folder, entry);
      console.log(`${seconds.toFixed(2)} s of a processor: ${entry}`);
      if (seconds > LIMIT) throw new Error(`${seconds.toFixed(2)} s of a processor; ${LIMIT} s are promised`);
    });
  }
}
