import { metricText, evaluateRun, type EvaluateRequest } from '@understory/runs';
import { jsonText } from '../text.ts';
import { preparation } from '../progress.ts';
import { say } from '../terminal.ts';

interface EvaluateOptions extends Pick<EvaluateRequest, 'checkpoint' | 'split'> {
  readonly json: boolean;
}

/** `understory evaluate <run>`: metrics of a trained network on a split of its dataset. */
export const evaluate = async (run: string, { checkpoint, split, json }: EvaluateOptions): Promise<void> => {
  const request = { run, checkpoint, split };
  const { samples, asTrained, metrics, units } = await evaluateRun({
    ...request,
    say,
    onProgress: preparation(),
  });
  if (json) {
    process.stdout.write(`${jsonText({ ...request, samples, asTrained, metrics }, 0)}\n`);
    return;
  }
  const lines = Object.entries(metrics).map(
    ([name, value]) => `  ${name}  ${metricText(value, units[name])}\n`,
  );
  process.stdout.write(`${run}, ${checkpoint} weights, ${samples} ${split} images\n${lines.join('')}`);
};
