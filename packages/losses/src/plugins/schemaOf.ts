import type { Parser } from '@understory/core';
import { z } from 'zod';
import type { Checked, ChoiceOption, NumberOption, Options } from '../options.ts';

const numberOf = ({ whole, min, above, max }: NumberOption): z.ZodNumber => {
  let number: z.ZodNumber = whole ? z.int() : z.number();
  if (min !== undefined) number = number.min(min);
  if (above !== undefined) number = number.gt(above);
  return max === undefined ? number : number.max(max);
};

const valueOf = (option: NumberOption | ChoiceOption): z.ZodType =>
  'choices' in option
    ? z.enum(option.choices).default(option.default).describe(option.about)
    : numberOf(option).default(option.default).describe(option.about);

/** The zod schema of a table of options: what a config is checked with, and what a plugin's page shows. Another key is an error. */
export const schemaOf = <T extends Options>(table: T): Parser<Checked<T>> =>
  z.strictObject(
    Object.fromEntries(Object.entries(table).map(([key, option]) => [key, valueOf(option)])),
  ) as unknown as Parser<Checked<T>>;
