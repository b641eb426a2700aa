import { z } from 'zod';
import { SPEC_FORM, type Spec } from './plugin.ts';

const options = z.record(z.string(), z.unknown()).readonly();

/** Another plugin in options, as `readSpec` reads it: `'supcon'`, `['supcon']` or `['supcon', { temperature: 0.1 }]`. */
export const spec = z.union([z.string(), z.tuple([z.string(), options.nullish()]).readonly()], {
  error: `expected ${SPEC_FORM}`,
}) as unknown as z.ZodType<Spec, Spec>; // a name without options stays as it was written: `readSpec` reads it

/** How the names of a file of weights are read, where somebody else wrote it. */
export const weightNames = {
  names: z
    .string()
    .optional()
    .describe(
      'whose names the file has: torchvision, timm, official, zoo, cifar, children, mmdetection, understory; found by itself',
    ),
  prefix: z.string().optional().describe('what stands before the names in the file; found by itself'),
} as const;

const classWeight = z.number().min(0);

/** How much each class counts, in options; `findClassWeights` reads it. */
export const classWeights = z
  .union(
    [z.literal('balanced'), z.array(classWeight).min(1), z.record(z.string(), classWeight)],
    'expected "balanced", a list of a weight for each class, or weights by the names of classes',
  )
  .optional()
  .describe(
    'how much each class counts: "balanced" for images / (classes · images of the class), a number a class, or numbers by name, 1 where nothing is said; the mean is over the weights',
  );

/** What an objective's terms are multiplied by. */
export const weight = (value: number, what = 'the term'): z.ZodDefault<z.ZodNumber> =>
  z.number().default(value).describe(`multiplies ${what}, no unit`);

export const labelSmoothing = (share = 0): z.ZodDefault<z.ZodNumber> =>
  z.number().min(0).max(1).default(share).describe('share of the target spread over all classes, 0 to 1');

/** Of methods of logits: what is done to those that teach and those that learn before they are compared. */
export const standardized = {
  standardize: z
    .enum(['none', 'sample', 'population'])
    .default('none')
    .describe(
      "brings each row of the teacher's and the learner's logits to mean 0 and deviation 1 first, dividing squares by C − 1 (sample, as released) or by C (population)",
    ),
} as const;

/** Which stream an objective learns from; `kind` says of what kind it is: `labelled`. */
export const streamName = (kind?: string): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .optional()
    .describe(`${kind === undefined ? '' : `${kind} `}stream by name; the step's first by default`);
