/** What a page shows, read back from its markup. */
export interface Drawn {
  readonly record: string;
  /** What stands above it. */
  readonly title: string;
  readonly ends: readonly string[];
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number, where: string, value: string])[];
  }[];
  /** Ticks of the y axis: height in pixels, and what stands there. */
  readonly ticks: readonly (readonly [y: number, text: string])[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** Markup as the words that people read. */
export const plain = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:amp|lt|gt|quot|#39);/g, (found) => ENTITIES[found] ?? found)
    .replace(/\s+/g, ' ')
    .trim();

/** What stands in the first group of each match, as words. */
export const found = (markup: string, pattern: RegExp): string[] =>
  [...markup.matchAll(pattern)].map((m) => plain(m[1] ?? ''));

/** Every chart of lines as the page itself has it. */
export const chartsOf = (page: string): Drawn[] =>
  [...page.matchAll(/<figure class="chart[^"]*" data-record="([^"]*)">([\s\S]*?)<\/figure>/g)].map(
    ([, record = '', body = '']) => ({
      record,
      title: found(body, /<figcaption>([\s\S]*?)<\/figcaption>/g)[0] ?? '',
      ends: [...body.matchAll(/class="end"[^>]*>([^<]*)</g)].map((m) => m[1]!),
      series: JSON.parse(/json">([\s\S]*?)<\/script>/.exec(body)![1]!) as Drawn['series'],
      ticks: [...body.matchAll(/class="grid" d="M[\d.]+ ([\d.]+)H[^>]*\/>\s*<text[^>]*>([^<]*)<\/text/g)].map(
        (m) => [Number(m[1]), plain(m[2]!)] as const,
      ),
    }),
  );

/** Cells of a table's rows, heads included, as words; all of the tables with this name. */
export const tablesOf = (page: string, label: string): string[][][] =>
  [...page.matchAll(/role="group" aria-label="([^"]*)">\s*<table[^>]*>([\s\S]*?)<\/table>/g)]
    .filter(([, name = '']) => plain(name) === label)
    .map(([, , body = '']) =>
      [...body.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
        found(row, /<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g),
      ),
    );

/** A number as it is written, as a number: `62.5 %` is 0.625. */
export const valueOf = (text: string): number =>
  text.endsWith('%') ? Number(text.replace(/[^\d.e-]/g, '')) / 100 : Number(text);
