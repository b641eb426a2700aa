import type { PageContent } from './pages.ts';

/** Pages that were read lately, up to so many bytes; one at least, whatever its size. */
export class PageCache {
  readonly #most: number;
  readonly #pages = new Map<string, { readonly content: PageContent; readonly bytes: number }>();
  #used = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(most: number) {
    this.#most = most;
  }

  /** The page of a key, read where it is not there: one at a time, so that no batch unpacks many large ones at once. */
  async get(
    key: string,
    read: () => Promise<PageContent>,
    weigh: (content: PageContent) => number,
  ): Promise<PageContent> {
    const turn = this.#last.then(() => this.#known(key) ?? this.#load(key, read, weigh));
    this.#last = turn.catch(() => undefined);
    return turn;
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
