import { callbacks, dataLine, type Reporter, type StartEvent, type StepEvent } from '@understory/core';
import { duration, epochText, speedometer, startText, termsText, type Listeners } from '@understory/runs';
import cliProgress from 'cli-progress';
import { preparation, progressLines } from './progress.ts';

interface Screen {
  start(event: StartEvent): void;
  step(event: StepEvent, total: number, status: string): void;
  line(text: string): void;
  stop(): void;
}

const interactive = (): Screen => {
  const bar = new cliProgress.SingleBar(
    {
      format: (options, params, payload: { status?: string }) =>
        `  ${cliProgress.Format.BarFormat(params.progress, options)} ${Math.floor(params.progress * 100)} %  ${payload.status ?? ''}`,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      fps: 5,
    },
    cliProgress.Presets.rect,
  );
  const width = (): number => (process.stdout.columns || 100) - 36;
  return {
    start: ({ epochs, stepsPerEpoch, step }) =>
      bar.start(epochs * stepsPerEpoch, step, { status: 'compiling the step' }),
    step: (event, _total, status) => bar.update(event.step + 1, { status: status.slice(0, width()) }),
    line(text) {
      // Clears the bar's line; the bar draws itself again below.
      process.stdout.write(`\r\u001b[K${text}\n`);
    },
    stop: () => bar.stop(),
  };
};

/** A line of what a command tells, on standard output. */
export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** For logs: a line every ten seconds, nothing redrawn. */
const plain = (write: (line: string) => void): Screen => {
  let last = performance.now();
  return {
    start: () => undefined,
    step(event, total, status) {
      if (performance.now() - last < 10_000) return;
      last = performance.now();
      write(`  step ${event.step + 1}/${total}  ${status}`);
    },
    line: write,
    stop: () => undefined,
  };
};

/** Shows a run in a terminal: progress, terms of the loss, images a second and time left; plain lines in a log. */
export const terminalReporter = (
  screen: Screen = process.stdout.isTTY ? interactive() : plain(print),
): Reporter => {
  const { add, speed } = speedometer();
  let total = 0;
  let run: Pick<StartEvent, 'epochs' | 'units' | 'details'> = { epochs: 0 };
  const status = (event: StepEvent): string => {
    const { imagesPerSecond, secondsPerStep } = speed();
    const left = duration((total - event.step - 1) * secondsPerStep);
    const rate = `${Math.round(imagesPerSecond)} images/s, ${left} left`;
    return `epoch ${event.epoch + 1}/${run.epochs}  ${rate}  loss ${event.loss.toFixed(2)} (${termsText(event.terms)})`;
  };
  const told = callbacks({
    start(event) {
      run = event;
      total = event.epochs * event.stepsPerEpoch;
      screen.line(startText(event));
      if (event.data) screen.line(dataLine(event.data));
      screen.start(event);
    },
    step(event) {
      add(event);
      screen.step(event, total, status(event));
    },
    epoch: (event) => screen.line(`  ${epochText(event, run)}`),
    done: () => screen.stop(),
  });
  return { ...told, close: () => screen.stop() };
};

/** A line that is no result: on standard error. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs that are trained one after the other. */
export const inTerminal: Listeners = {
  reporters: () => [terminalReporter()],
  onProgress: preparation(),
  say,
};

/** Lines of one run among others begin with its name. */
const named =
  (run: string) =>
  (line: string): void =>
    print(line.startsWith(run) ? line : `${run}  ${line.trim()}`);

/** Runs that are trained at the same time: nothing is redrawn. */
export const sideBySide: Listeners = {
  reporters: (run) => [terminalReporter(plain(named(run)))],
  onProgress: progressLines(say),
  say,
};
