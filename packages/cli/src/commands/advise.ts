import { UnderstoryError } from '@understory/core';
import {
  adviseConfig,
  openConfig,
  openRunner,
  openSuited,
  settlePrecision,
  type Advice,
  type AdviseRequest,
} from '@understory/runs';
import { adviceText } from '../adviceText.ts';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../progress.ts';
import { tellChoices } from '../tellChoices.ts';
import { say } from '../output/voice.ts';
import { terminalReporter } from '../terminal.ts';
import { jsonText } from '../text.ts';

interface AdviseOptions extends Pick<AdviseRequest, 'epochs' | 'limit' | 'seeds' | 'runs'> {
  readonly set: readonly string[];
  readonly json: boolean;
}

/** Undefined where Ctrl-C ended a short run, which is said. */
const unlessStopped = async (advice: Promise<Advice>): Promise<Advice | undefined> => {
  try {
    return await advice;
  } catch (error) {
    if (!(error instanceof UnderstoryError) || error.code !== 'aborted') throw error;
    say(error.message);
    return undefined;
  }
};

/** `understory advise <config>`: which stages' losses help, by short runs with the depth lens on. */
export const advise = async (file: string, { set, json, ...options }: AdviseOptions): Promise<void> => {
  const opened = await openConfig(file, set);
  const { folder, registry } = opened;
  const { dataset, choices, ...suited } = await openSuited(opened, { say, onProgress: preparation() });
  await dataset.close?.();
  tellChoices(choices, say);
  const config = await settlePrecision({ ...suited, say });
  const runner = await openRunner(config.engine, say);
  const { signal, release } = interruptible();
  const work = adviseConfig({
    ...{ ...options, config, folder, registry, runner, signal, say },
    onProgress: preparation(),
    reporters: () => (json ? [] : [terminalReporter()]),
  }).finally(release);
  const advice = await unlessStopped(work);
  if (advice) process.stdout.write(json ? `${jsonText(advice)}\n` : `\n${adviceText(advice)}\n`);
  runner.dispose();
};
