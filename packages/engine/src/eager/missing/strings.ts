import {
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  StringNGrams,
  StringSplit,
  StringToHashBucketFast,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { nativeOps } from '../nativeOp.ts';
import { replaceKernel } from '../register.ts';
import { onHost, orOnHost } from './host.ts';
import { wideOps } from './wideOp.ts';

/** TensorFlow says of texts only whether they are equal, so their order is told in JavaScript. */
const registerOrder = (): void => {
  for (const kernelName of [Greater, GreaterEqual, Less, LessEqual]) {
    replaceKernel(kernelName, (inputs, attrs, old) => {
      const { a } = inputs as Record<'a', Tensor>;
      return a.dtype === 'string' ? onHost(kernelName, inputs, attrs) : old();
    });
  }
};

const registerNGrams = (): void => {
  replaceKernel(
    StringNGrams,
    orOnHost(StringNGrams, (inputs, attrs) => {
      const { data, dataSplits } = inputs as Record<'data' | 'dataSplits', Tensor>;
      const options = {
        separator: { text: attrs.separator as string },
        ngram_widths: { int: attrs.nGramWidths as number[] },
        left_pad: { text: attrs.leftPad as string },
        right_pad: { text: attrs.rightPad as string },
        pad_width: { int: attrs.padWidth as number },
        preserve_short_sequences: { flag: attrs.preserveShortSequences as boolean },
        Tsplits: { type: 'int32' },
      } as const;
      return nativeOps(StringNGrams, options, [data, dataSplits], 2);
    }),
  );
};

/** What tfjs does with texts. */
export const registerStrings = (): void => {
  registerOrder();
  registerNGrams();
  replaceKernel(
    StringSplit,
    orOnHost(StringSplit, (inputs, { skipEmpty }) => {
      const { input, delimiter } = inputs as Record<'input' | 'delimiter', Tensor>;
      const options = { skip_empty: { flag: skipEmpty as boolean } };
      return wideOps(StringSplit, options, [input, delimiter], { outputs: 3, wide: [] });
    }),
  );
  replaceKernel(
    StringToHashBucketFast,
    orOnHost(StringToHashBucketFast, (inputs, { numBuckets }) => {
      const { input } = inputs as Record<'input', Tensor>;
      const options = { num_buckets: { int: numBuckets as number } };
      const [bucket] = wideOps(StringToHashBucketFast, options, [input], { outputs: 1, wide: [] });
      return bucket!;
    }),
  );
};
