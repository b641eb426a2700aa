import type { RunEvent } from '../../contracts/events.ts';
import { crc32c } from '../../formats/crc32.ts';
import type { Network } from '../../contracts/objective.ts';
import type { Runner } from '../../contracts/runner.ts';
import type { Named } from '../../named.ts';
import { readNamed } from '../checkpoint.ts';
import { networkVariables, type NamedVariables } from '../network.ts';
import { originOf } from '../resume.ts';
import type { Run } from '../run.ts';
import { crewOf } from './crew.ts';

/** Of the values of variables. */
const weightsDigest = async (runner: Runner, variables: NamedVariables): Promise<string> => {
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
    weights: await weightsDigest(options.runner, run.variables),
  });
};

/** Workers meet before they measure one network together. Errors: `workers-differ`. */
export const meetToMeasure = async (
  runner: Runner,
  network: Network,
  about: Named<string>,
): Promise<void> => {
  const crew = crewOf(runner);
  if (!crew) return;
  await crew.meet({ ...about, weights: await weightsDigest(runner, networkVariables(network)) });
  crew.dispose();
};

/** What the first worker does for all at an epoch's end, while the others wait to hear whether the run has ended. */
export async function* byFirst(
  run: Run,
  events: AsyncGenerator<RunEvent>,
  hasEnded: (run: Run) => boolean,
): AsyncGenerator<RunEvent> {
  const { crew } = run;
  if (!crew) yield* events;
  else if (crew.rank > 0) {
    run.ended = (await crew.waitForFirst()) === 'end';
  } else {
    const { tell } = crew.keepWaiting();
    yield* events;
    await tell(hasEnded(run) ? 'end' : 'go-on');
  }
}
