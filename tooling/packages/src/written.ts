import { format, resolveConfig } from 'prettier';

/** A text as the repository's own style has it in that file. */
export const formatted = async (file: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(file)), filepath: file });
