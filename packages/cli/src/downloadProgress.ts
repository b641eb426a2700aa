import { duration, type FileProgress, type Say } from '@understory/runs';
import cliProgress from 'cli-progress';
import { say } from './output/voice.ts';

/** Shows how far files are, with the rate and the time left. */
export interface DownloadProgress {
  readonly told: (progress: FileProgress) => void;
  /** A line between. */
  readonly say: Say;
  readonly stop: () => void;
}

/** Between two lines of a log, in ms. */
const LOGGED = 10_000;
/** What is done in less time is not shown, in ms. */
const SHORT = 500;
/** Longest name of a file that a line of 80 characters has room for. */
const NAME = 28;

const shortName = (name: string): string => (name.length <= NAME ? name : `…${name.slice(1 - NAME)}`);

const amount = ({ what, done, total }: FileProgress): string => {
  if (what === 'unpacking' && total < 1e6) return `${done}/${total} files`;
  const [unit, scale] = total < 1e7 ? ['kB', 1e3] : ['MB', 1e6];
  return `${Math.round(done / scale)}/${Math.round(total / scale)} ${unit}`;
};

/** What is left to be done, after how fast it went since it began. */
const rates = () => {
  let [key, began, first] = ['', 0, 0];
  return (
    progress: FileProgress,
  ): { readonly isNew: boolean; readonly took: number; readonly text: string } => {
    const now = performance.now();
    const isNew = key !== `${progress.name} ${progress.what}`;
    if (isNew) [key, began, first] = [`${progress.name} ${progress.what}`, now, progress.done];
    const took = now - began;
    const perSecond = (progress.done - first) / (took / 1000);
    if (!(perSecond > 0) || took < SHORT) return { isNew, took, text: '' };
    const rate =
      progress.what === 'unpacking' && progress.total < 1e6 ? '' : `${(perSecond / 1e6).toFixed(1)} MB/s, `;
    return { isNew, took, text: `${rate}${duration((progress.total - progress.done) / perSecond)} left` };
  };
};

const inTerminal = (): DownloadProgress => {
  let bar: cliProgress.SingleBar | undefined;
  const rateOf = rates();
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    stop,
    say(line) {
      stop();
      say(line);
    },
    told(progress) {
      const { isNew, took, text } = rateOf(progress);
      if (isNew) stop();
      if (took < SHORT) return;
      const payload = { what: progress.what, name: shortName(progress.name), amount: amount(progress), text };
      if (!bar) {
        bar = new cliProgress.SingleBar(
          {
            format: ' {what} {name} {bar} {amount} {text}',
            barsize: 8,
            hideCursor: true,
            clearOnComplete: true,
            fps: 4,
          },
          cliProgress.Presets.rect,
        );
        bar.start(progress.total, progress.done, payload);
      }
      bar.update(progress.done, payload);
    },
  };
};

const inLog = (): DownloadProgress => {
  const rateOf = rates();
  let last = performance.now();
  return {
    say,
    stop: () => undefined,
    told(progress) {
      const { text } = rateOf(progress);
      const now = performance.now();
      if (now - last < LOGGED) return;
      last = now;
      say(`  ${progress.what} ${progress.name} ${amount(progress)} ${text}`.trimEnd());
    },
  };
};

/** One bar in a terminal, a line every ten seconds in a log; nothing of what is done at once. */
export const downloadProgress = (): DownloadProgress => (process.stderr.isTTY ? inTerminal() : inLog());
