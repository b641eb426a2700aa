import type { OnProgress, Say } from '@understory/runs';
import cliProgress, { type SingleBar } from 'cli-progress';

/** Progress bars for long preparations, one after the other; nothing is shown for what takes under a second. */
export const preparation = (): OnProgress => {
  let began: number | undefined;
  let bar: SingleBar | undefined;
  return (done, total, what) => {
    began ??= performance.now();
    if (!bar && performance.now() - began > 1000 && done < total) {
      bar = new cliProgress.SingleBar(
        {
          format: '  {what} {bar} {value}/{total}  {eta} s left',
          clearOnComplete: true,
          noTTYOutput: true,
          notTTYSchedule: 10_000,
        },
        cliProgress.Presets.rect,
      );
      bar.start(total, done, { what });
    }
    bar?.update(done, { what });
    if (done < total) return;
    bar?.stop();
    bar = began = undefined;
  };
};

/** A line every ten seconds, where several things are prepared at a time. */
export const progressLines = (say: Say): OnProgress => {
  let last = performance.now();
  return (done, total, what) => {
    if (performance.now() - last < 10_000) return;
    last = performance.now();
    say(`${what}: ${done} of ${total}`);
  };
};
