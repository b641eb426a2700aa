import { oneByOne } from '@understory/core';
import type { PageContent } from './pages.ts';

/** Pages that were read lately, up to so many bytes; one at least, whatever its size. */
export class PageCache {
  readonly #most: number;
  readonly #pages = new Map<string, { readonly content: PageContent; readonly bytes: number }>();
  #used = 0;
  readonly #next = oneByOne();

  constructor(most: number) {
    this.#most = most;
  }

  /** The page of a key, read where it is not there: one at a time, so that no batch unpacks many large ones at once. */
  get(
    key: string,
    read: () => Promise<PageContent>,
    weigh: (content: PageContent) => number,
  ): Promise<PageContent> {
    return this.#next(() => this.#known(key) ?? this.#load(key, read, weigh));
  }

  #known(key: string): PageContent | undefined {
    const known = this.#pages.get(key);
    if (!known) return undefined;
    this.#pages.delete(key);
    this.#pages.set(key, known);
    return known.content;
  }

  async #load(
    key: string,
    read: () => Promise<PageContent>,
    weigh: (content: PageContent) => number,
  ): Promise<PageContent> {
    const content = await read();
    const bytes = weigh(content);
    for (const [oldest, page] of this.#pages) {
      if (this.#used + bytes <= this.#most) break;
      this.#pages.delete(oldest);
      this.#used -= page.bytes;
    }
    this.#pages.set(key, { content, bytes });
    this.#used += bytes;
    return content;
  }
}
