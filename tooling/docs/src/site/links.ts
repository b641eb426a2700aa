import path from 'node:path';
import { addressOf, isThere, pageAt } from './sitePages.ts';

/** A file that a page shows or leads to, which the site carries along. */
const CARRIED = /\.(svg|png|html)$/;

export interface Rewritten {
  readonly text: string;
  /** Files that the page needs, from the root. */
  readonly files: readonly string[];
}

const FENCED = /(^```[^]*?^```$)/gm;

/**
 * `[text](link)`, where text may be a picture that is itself written so; or, first, a span of code that holds what looks
 * like one.
 */
const LINK = /`[^`\n]*\]\([^`\n]*`|(!?)\[((?:!\[[^\]]*\]\([^)]*\)|[^\]])*)\]\(([^()\s]+)\)/g;

/**
 * A page's text with its links as they are in the site: pages by their address, pictures by theirs. What is no part of
 * the site, a source file say, is told without a link.
 */
export const rewriteLinks = (source: string, text: string): Rewritten => {
  const files: string[] = [];
  const oneLink = (all: string, picture = '', label = '', link = '#'): string => {
    if (/^([a-z]+:|#)/.test(link)) return all;
    const [to = '', anchor] = link.split('#');
    const target = path.posix.join(path.posix.dirname(source), to).replace(/\/$/, '');
    const page = pageAt(target);
    const inner = label.startsWith('![') ? label.replaceAll(LINK, oneLink) : label;
    if (page)
      return `${picture}[${inner}](${addressOf(page.route)}${anchor === undefined ? '' : `#${anchor}`})`;
    if (!CARRIED.test(target) || !isThere(target)) return inner;
    files.push(target);
    return `${picture}[${inner}](/files/${target})${target.endsWith('.html') ? '{target="_self"}' : ''}`;
  };
  const parts = text.split(FENCED); // a fenced block at every odd place
  const made = parts.map((part, i) => (i % 2 === 1 ? part : part.replaceAll(LINK, oneLink)));
  return { text: made.join(''), files };
};
