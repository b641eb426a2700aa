import { readFile } from 'node:fs/promises';
import { fileError, UnderstoryError } from '@understory/core';
import { writeAtomic } from '@understory/tracking/node';

const opening = (name: string): string => `<!-- table ${name} -->`;
const CLOSING = '<!-- end of table -->';

/**
 * A page with the text between a table's two marks exchanged. Throws `no-mark` where it has no such marks; `file` is
 * what the message calls the page.
 */
export const withTable = (page: string, name: string, text: string, file = 'The page'): string => {
  const start = page.indexOf(opening(name));
  const end = page.indexOf(CLOSING, start);
  if (start >= 0 && end >= 0)
    return `${page.slice(0, start)}${opening(name)}\n\n${text}\n\n${page.slice(end)}`;
  throw new UnderstoryError(
    'no-mark',
    `${file} has no place for the table ${name}. Write "${opening(name)}" and below it "${CLOSING}" where it shall stand.`,
  );
};

/** Renews a table in a Markdown file. */
export const renewTable = async (file: string, name: string, text: string): Promise<void> => {
  const page = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw fileError('read', file, cause);
  });
  await writeAtomic(file, withTable(page, name, text, file));
};
