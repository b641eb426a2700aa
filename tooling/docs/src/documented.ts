import { blocksOf, type Block } from './blocks.ts';
import { markdownPages, textOf } from './pages.ts';

/** A block with the page that it stands on. */
export interface Documented extends Block {
  readonly page: string;
  /** `packages/core/README.md:31`, for messages. */
  readonly name: string;
}

/** What changed in a release is not kept true afterwards. */
const isKept = (page: string): boolean => !page.endsWith('CHANGELOG.md');

export const documents = markdownPages().filter(isKept);

/** Every block of every page. */
export const documented: readonly Documented[] = documents.flatMap((page) =>
  blocksOf(textOf(page)).map((block) => ({ ...block, page, name: `${page}:${block.line}` })),
);

/** The guide whose files and commands are one program, which `tooling/packages` installs, type-checks and runs. */
export const PROGRAM_GUIDE = 'docs/guide/plugins.md';

const isPartOfGuide = ({ page }: Documented): boolean => page === PROGRAM_GUIDE;

/** The blocks of some languages, but those of that guide. */
export const blocksIn = (...languages: readonly string[]): readonly Documented[] =>
  documented.filter((block) => languages.includes(block.language) && !isPartOfGuide(block));
