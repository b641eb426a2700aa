import cliProgress, { type SingleBar } from 'cli-progress';

/** A progress bar for long preparations; nothing is shown for what takes under a second. */
export const preparation = (): ((done: number, total: number, what: string) => void) => {
  const began = performance.now();
  let bar: SingleBar | undefined;
  return (done, total, what) => {
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
    if (done >= total) {
      bar?.stop();
      bar = undefined;
    }
  };
};
