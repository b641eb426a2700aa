import type { ReportInput } from '../input.ts';
import { html } from '../page/markup.ts';
import type { Section } from '../page/section.ts';
import type { ReportSection } from '../reportSection.ts';

/** Identifiers of the page itself. */
const OF_PAGE = ['theme', 'tip', 'sprites'];
const ANCHOR = /^[A-Za-z][A-Za-z0-9-]*$/;

const faultOf = ({ id, short, title, body }: Section, taken: ReadonlySet<string>): string | undefined => {
  if (typeof id !== 'string' || !ANCHOR.test(id))
    return 'its "id" is not a letter with letters, digits or dashes after it';
  if (taken.has(id)) return `its "id" is "${id}", as another section's`;
  if (typeof short !== 'string' || typeof title !== 'string') return 'its "short" or its "title" is no text';
  return body === undefined ? 'it has no "body"' : undefined;
};

/** Stands where a section could not be made: a page that took hours of training is written all the same. */
const failed = (name: string, id: string, why: string): Section => ({
  ...{ id, short: name, title: name },
  body: html`<p class="note warn">The section <b>${name}</b> could not be made: ${why}.</p>`,
});

const freeId = (taken: ReadonlySet<string>): string => {
  let n = 1;
  while (taken.has(`section-${n}`)) n++;
  return `section-${n}`;
};

/** What plugins' sections show, in order; where one fails, the page says so at its place. */
export const further = (
  input: ReportInput,
  sections: readonly ReportSection[],
  own: readonly Section[],
): Section[] => {
  const taken = new Set([...OF_PAGE, ...own.map(({ id }) => id)]);
  return sections.flatMap((plugin) => {
    const made = attempt(() => plugin.build(input), taken);
    if (made === undefined) return [];
    const section = typeof made === 'string' ? failed(plugin.name, freeId(taken), made) : made;
    taken.add(section.id);
    return [section];
  });
};

/** What it holds as markup: content that cannot be written shows itself here. */
const written = ({ id, short, title, lead, body }: Section): Section => ({
  ...{ id, short, title },
  ...(lead !== undefined && { lead: html`${lead}` }),
  body: html`${body}`,
});

/** A section, or what is wrong with it. */
const attempt = (
  build: () => Section | undefined,
  taken: ReadonlySet<string>,
): Section | string | undefined => {
  try {
    const made = build();
    return made && (faultOf(made, taken) ?? written(made));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
