import { classesOf, EVALUATOR, LOG, plugin, type EvaluationRequest, type Evaluator } from '@understory/core';
import { z } from 'zod';
import { atMost, embed, EMBEDDING_OPTIONS, imageLimit, mustHaveClasses, numberName } from '../features.ts';
import { meanCrossEntropy, rightShare } from '../logits.ts';
import { chooseDecay, mustHoldOut } from './chooseDecay.ts';
import { fitProbe, type Probe } from './fitProbe.ts';
import { probeLogits } from './probeLogits.ts';

export const LinearProbeOptions = z.strictObject({
  ...EMBEDDING_OPTIONS,
  decay: z
    .union([z.number().nonnegative(), z.literal('search')])
    .optional()
    .describe(
      'λ of (λ / 2)·‖W‖²; 1 / training images where nothing is said; `search` chooses of 1e-6 to 1e2 on a fifth of them',
    ),
  steps: z.int().positive().default(1000).describe('most steps of L-BFGS'),
  limit: imageLimit('training images that it learns from'),
});
export type LinearProbeOptions = z.input<typeof LinearProbeOptions>;

interface Listeners {
  readonly say?: (line: string) => void;
}

const tell = ({ converged, steps }: Probe, output: string, say: (line: string) => void): void => {
  if (!converged)
    say(`linear-probe of ${output} did not converge in ${steps} steps; its numbers may be low.`);
};

/**
 * A linear classifier that is fitted to embeddings of the training images whose labels are learned, without views and in
 * inference mode: `probe`, its accuracy, and `probeLoss`, its mean cross-entropy on the measured images (`probe/<tap>` of a
 * stage). It says where it did not converge.
 */
export const linearProbe = (
  options: LinearProbeOptions = {},
  { say = () => undefined }: Listeners = {},
): Evaluator => {
  const { of, when, decay, steps, limit } = LinearProbeOptions.parse(options);
  return {
    name: 'linear-probe',
    when,
    units: Object.fromEntries(of.map((output) => [numberName('probeLoss', output), 'nats'])),
    reads: of,
    check(dataset, learned) {
      mustHaveClasses(dataset);
      if (decay === 'search') mustHoldOut(classesOf(learned), dataset.classes.length);
    },
    async evaluate(request: EvaluationRequest) {
      const { dataset, learned: all, samples } = request;
      mustHaveClasses(dataset);
      const classes = dataset.classes.length;
      const learned = atMost(all, limit, (kept, of) =>
        say(`linear-probe: it learns from ${kept} of the ${of} training images ("limit").`),
      );
      const [known, asked] = [await embed(request, learned, of), await embed(request, samples, of)];
      const [labels, truth] = [classesOf(learned), classesOf(samples)];
      const numbers: Record<string, number> = {};
      for (const output of of) {
        const features = known.get(output)!;
        const chosen = decay === 'search' ? await chooseDecay(features, labels, classes, { steps }) : decay;
        const probe = await fitProbe(features, labels, classes, {
          steps,
          ...(chosen !== undefined && { decay: chosen }),
        });
        tell(probe, output, say);
        const logits = await probeLogits(probe, asked.get(output)!);
        numbers[numberName('probe', output)] = rightShare(logits, truth, classes);
        numbers[numberName('probeLoss', output)] = meanCrossEntropy(logits, truth, classes);
      }
      return numbers;
    },
  };
};

export const linearProbePlugin = plugin({
  token: EVALUATOR,
  name: 'linear-probe',
  summary: 'Accuracy of a linear classifier that is fitted to training images’ embeddings',
  when: 'You compare embeddings by what a linear classifier can read from them: of self-supervised runs, or stage by stage.',
  source: 'Zhang et al. 2016 (colorization), section 4; scikit-learn: LogisticRegression',
  options: LinearProbeOptions,
  uses: { log: LOG },
  create: ({ log, ...options }) => linearProbe(options, { say: log }),
});
