import type { EngineProgress, OnProgress as OnEngineProgress, Stage } from '@understory/engine';
import type { OnProgress, Say } from '@understory/runs';
import { volumeIs } from './output/voice.ts';
import { columnsOf } from './output/width.ts';
import cliProgress, { type SingleBar } from 'cli-progress';

/** Progress bars for long preparations, one after the other; nothing is shown for what takes under a second. */
export const preparation = (): OnProgress => {
  if (volumeIs('quiet')) return () => undefined;
  let began: number | undefined;
  let bar: SingleBar | undefined;
  return (done, total, what) => {
    began ??= performance.now();
    if (!bar && performance.now() - began > 1000 && done < total) {
      bar = new cliProgress.SingleBar(
        {
          format: (options, { progress, value, total, eta }, payload: { what: string }) => {
            const left = Number.isFinite(eta) && eta > 0 ? `  ${Math.ceil(eta)} s left` : '';
            const whole = `  ${payload.what} ${cliProgress.Format.BarFormat(progress, options)} ${value}/${total}${left}`;
            const columns = columnsOf() ?? Infinity;
            return whole.length < columns
              ? whole
              : `  ${payload.what} ${value}/${total}${left}`.slice(0, columns - 1);
          },
          barsize: 30,
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

/**
 * Says in a terminal what goes on, where that has no count and takes over a second, until the function that it gives is called: call it
 * before anything else is written.
 */
export const lasting = (what: string): (() => void) => {
  if (volumeIs('quiet') || !process.stderr.isTTY) return () => undefined;
  let isTold = false;
  const timer = setTimeout(() => {
    isTold = true;
    process.stderr.write(`  ${what} …`.slice(0, (columnsOf(process.stderr) ?? 80) - 1));
  }, 1000);
  return () => {
    clearTimeout(timer);
    if (isTold) process.stderr.write('\r\u001b[K');
    isTold = false;
  };
};

/** For logs: a line when something begins, and every so many seconds. */
const lines = (seconds: number, write: Say): ((what: string, amount: string) => void) => {
  const last = new Map<string, number>();
  return (what, amount) => {
    const now = performance.now();
    if (now - (last.get(what) ?? -Infinity) < 1000 * seconds) return;
    last.set(what, now);
    write(`  ${what} ${amount}`);
  };
};

/** Long preparations of several things at a time. */
export const progressLines = (write: Say): OnProgress => {
  const tell = lines(10, write);
  return (done, total, what) => tell(what, `${done}/${total}`);
};

const TITLES: Readonly<Record<Stage, string>> = {
  wait: 'waiting for another installation',
  download: 'fetching TensorFlow through pip',
  unpack: 'unpacking',
  compile: 'linking',
  done: 'done',
};

/** What happens now, and what made it necessary where that is told. */
const titleOf = ({ stage, why = null }: EngineProgress): string =>
  why === null ? TITLES[stage] : `${TITLES[stage]}, since ${why}`;

const amount = ({ done, total, unit }: EngineProgress): string => {
  if (unit === 'files') return total === null ? `${done} files` : `${done}/${total} files`;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return total === null ? `${megabytes(done)} MB` : `${megabytes(done)}/${megabytes(total)} MB`;
};

const bar = (): OnEngineProgress => {
  const drawn = new cliProgress.SingleBar(
    { format: '  {what} {bar} {amount}', hideCursor: true, clearOnComplete: true },
    cliProgress.Presets.rect,
  );
  let started = false;
  return (progress) => {
    if (progress.stage === 'done') {
      if (started) drawn.stop();
      return;
    }
    const total = progress.total ?? Math.max(progress.done * 2, 1);
    const payload = { what: titleOf(progress), amount: amount(progress) };
    if (started) drawn.setTotal(total);
    else drawn.start(total, 0, payload);
    started = true;
    drawn.update(progress.done, payload);
  };
};

const logged = (): OnEngineProgress => {
  const tell = lines(5, (line) => process.stdout.write(`${line}\n`));
  return (progress) => {
    if (progress.stage !== 'done') tell(titleOf(progress), progress.done > 0 ? amount(progress) : '');
  };
};

/** Shows an installation: one bar in a terminal, lines in a log. */
export const engineProgress = (): OnEngineProgress => (process.stdout.isTTY ? bar() : logged());
