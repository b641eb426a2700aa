/** A fenced block of a Markdown page. */
export interface Block {
  /** `ts`, `sh`; empty where none is named. */
  readonly language: string;
  /** What stands behind the language: in the guides, the file that the block is. */
  readonly file: string;
  readonly text: string;
  /** The line of the page on which its fence opens, from 1. */
  readonly line: number;
  /** Why it does not run, as a comment before it says: `<!-- not run: … -->`. */
  readonly notRun?: string;
}

/** A block's fences may be indented, within a list. */
const FENCE = /^( *)```([\w-]*) ?([^\n]*)\n([^]*?)^\1```$/gm;

const reasonBefore = (text: string): string | undefined => /<!-- not run: ([^>]+?) -->\s*$/.exec(text)?.[1];

/** All fenced blocks, in their order. */
export const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(FENCE)].map((match) => {
    const [, , language = '', file = '', text = ''] = match;
    const before = markdown.slice(0, match.index);
    const notRun = reasonBefore(before);
    return {
      ...{ language, file: file.trim(), text, line: before.split('\n').length },
      ...(notRun !== undefined && { notRun }),
    };
  });
