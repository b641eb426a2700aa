import type { RunEvent } from '../../contracts/events.ts';
import { crc32c } from '../../formats/crc32.ts';
import { readNamed } from '../checkpoint.ts';
import { beginNextEpoch } from '../epoch.ts';
import { originOf } from '../resume.ts';
import type { Run } from '../run.ts';

/** Of all values that a run begins with. */
const weightsDigest = async ({ options: { runner }, variables }: Run): Promise<string> => {
  const values = Object.values(await readNamed(runner, variables));
  const crc = values.reduce(
    (sum, { data }) => crc32c(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), sum),
    0,
  );
  return String(crc);
};

/** Workers meet before the first step: all must train the same. Errors: `workers-differ`, which names one that does not. */
export const meetBeforeStart = async (run: Run): Promise<void> => {
  const { crew, options, progress } = run;
  if (!crew) return;
  const { pace, data } = run.origin ?? (await originOf(run.experiment));
  await crew.meet({
    ...options.agreed,
    data: JSON.stringify(data),
    'order of images': JSON.stringify(pace),
    checkpoint: String(progress.step),
    weights: await weightsDigest(run),
  });
};

/** What ends an epoch: the first worker does it for all, while the others wait to hear whether the run has ended. */
export async function* byFirst(
  run: Run,
  events: () => AsyncGenerator<RunEvent>,
  hasEnded: () => boolean,
): AsyncGenerator<RunEvent> {
  const { crew } = run;
  if (!crew) yield* events();
  else if (crew.rank > 0) {
    run.ended = (await crew.waitForFirst()) === 'end';
    beginNextEpoch(run);
  } else {
    const { tell } = crew.keepWaiting();
    yield* events();
    await tell(hasEnded() ? 'end' : 'go-on');
  }
}
