import {
  classesOf,
  permutation,
  pickSamples,
  seedOf,
  UnderstoryError,
  type Dataset,
  type EvaluationRequest,
  type Samples,
} from '@understory/core';
import { z } from 'zod';
import { matrixOf, type Matrix } from './matrix.ts';

/** Options that all evaluators of embeddings have. */
export const EMBEDDING_OPTIONS = {
  of: z
    .array(z.string().min(1))
    .min(1)
    .default(['pooled'])
    .describe(
      'outputs that are looked at, each for itself: `pooled`, or `tap/stage1` for the mean of a stage',
    ),
  when: z
    .enum(['epoch', 'end'])
    .default('end')
    .describe('whether it looks at the end of each epoch, or of the run alone'),
};

/** How many images are taken, of more than that by chance. */
export const imageLimit = (what: string): z.ZodDefault<z.ZodInt> =>
  z.int().positive().default(50_000).describe(`most ${what}; of more, so many are drawn, the same each time`);

/** Name of a number: that of the pooled output has no addition. */
export const numberName = (name: string, output: string): string =>
  output === 'pooled' ? name : `${name}/${output.replace(/^tap\//, '')}`;

/** Throws `no-labels` where an evaluator would have no class to compare with. */
export const mustHaveClasses = ({ train, validation, test }: Dataset): void =>
  [train, validation, test].filter(({ length }) => length > 0).forEach((samples) => void classesOf(samples));

/** Says each thing once. */
export const once = (say: (line: string) => void): ((line: string) => void) => {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) say(line);
    said.add(line);
  };
};

/** At most so many samples, in their order, drawn the same way each time; `say` is told where some are left out. */
export const atMost = (
  samples: Samples,
  limit: number,
  say: (kept: number, all: number) => void,
): Samples => {
  if (samples.length <= limit) return samples;
  say(limit, samples.length);
  const order = permutation(samples.length, seedOf(0).at('evaluated').rng());
  return pickSamples(samples, Int32Array.from(order.slice(0, limit)).sort());
};

/** Outputs of samples as matrices, by name. Errors: `not-finite`, `bad-shape` where an output is no row of numbers. */
export const embed = async (
  request: Pick<EvaluationRequest, 'infer'>,
  samples: Samples,
  outputs: readonly string[],
): Promise<ReadonlyMap<string, Matrix>> => {
  const found = await request.infer(samples, outputs);
  return new Map(
    outputs.map((name) => {
      const { data, shape } = found[name] ?? { data: new Float32Array(0), shape: [] };
      const [rows = 0, columns = 0, ...more] = shape;
      if (!(data instanceof Float32Array) || shape.length < 2 || more.length > 0)
        throw new UnderstoryError(
          'bad-shape',
          `Output "${name}" is [${shape.join(', ')}], and embeddings are a row of numbers an image. Choose pooled, or tap/<stage>.`,
        );
      return [name, matrixOf(data, rows, columns)] as const;
    }),
  );
};
