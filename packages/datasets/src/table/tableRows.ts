import type { SplitName } from '@understory/core';
import { badAnnotation } from '../boxes/annotationText.ts';
import { shortPath } from '../errors.ts';
import type { ItemSplit } from '../images/listItems.ts';
import type { LeftItem } from '../images/leftOut.ts';
import { splitOfName } from '../images/names.ts';
import { RowLabels } from '../labelled/labels.ts';
import type { LabelledItem } from '../labelled/labelledDataset.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { pathCure, type FindImage } from './imagePaths.ts';
import type { ParsedTableOptions } from './options.ts';
import type { TableRow } from './readTable.ts';

const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** Why a row is no sample: left out in any case, or a fault. */
class Dropped {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

const namesOf = (names: string | readonly string[] | undefined): readonly string[] =>
  typeof names === 'string' ? [names] : (names ?? []);

const splitSaid = (said: string, { splits }: ParsedTableOptions): SplitName | Dropped | undefined => {
  if (splits)
    return (
      SPLITS.find((split) => namesOf(splits[split]).includes(said)) ??
      new Dropped(`of a split that the option splits leaves out (${shortPath(said, 30)})`)
    );
  const found = splitOfName(said);
  if (!found || found.rest !== '') return undefined;
  return found.split === 'unlabelled'
    ? new Dropped(`of the split ${shortPath(said, 30)}, without labels`)
    : found.split;
};

/** Why a row cannot be used. */
class Fault {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

/** Where the rows of a table are told of. */
export interface TablePlace {
  /** The table, for messages. */
  readonly file: string;
  readonly split: ItemSplit;
  readonly find: FindImage;
}

/** What the rows of all tables of a dataset come to. */
export class TableRows {
  readonly items: LabelledItem[] = [];
  readonly labels = new RowLabels();
  readonly left: LeftItem[] = [];
  readonly #images: FileSource;
  readonly #options: ParsedTableOptions;
  /** Item of each file of the source; −1 of those that no row names. */
  readonly #itemOf: Int32Array;
  /** Whether a row names a file of the source, used or not. */
  readonly #isNamed: Uint8Array;
  readonly #lines: number[] = [];

  constructor(images: FileSource, options: ParsedTableOptions) {
    this.#images = images;
    this.#options = options;
    this.#itemOf = new Int32Array(images.files.length).fill(-1);
    this.#isNamed = new Uint8Array(images.files.length);
  }

  /** Takes a row in, or leaves it out as the options say. Errors: `bad-annotation`. */
  add(row: TableRow, place: TablePlace): void {
    const outcome = row.fault === undefined ? this.#take(row, place) : new Fault(row.fault);
    if (outcome === undefined) return;
    const index = place.find(row.path);
    if (index !== undefined) this.#isNamed[index] = 1;
    const example = `${place.file}:${row.line}`;
    if (outcome instanceof Dropped) {
      this.left.push({ reason: outcome.reason, example: `${example}: ${shortPath(row.path, 40)}` });
      return;
    }
    if (this.#options.onBadRow === 'error') throw badAnnotation(`line ${row.line}: ${outcome.what}`);
    this.left.push({ reason: 'rows that cannot be used', example: `${example}: ${outcome.what}` });
  }

  /** Whether a row names this file of the source. */
  isNamed(index: number): boolean {
    return this.#itemOf[index]! >= 0 || this.#isNamed[index] === 1;
  }

  #splitOf({ split: said }: TableRow, { split }: TablePlace): ItemSplit | Dropped | Fault {
    if (said === undefined) return split;
    const found = splitSaid(said, this.#options);
    const text = JSON.stringify(shortPath(said, 30));
    if (found === undefined)
      return new Fault(
        `its split is ${text}; say with the dataset's option splits what the column means, or columns: { split: false }`,
      );
    if (split === 'all' || found instanceof Dropped || found === split) return found;
    return new Fault(
      `its split is ${text}, and the table is that of ${split}. Correct it, or set columns: { split: false }`,
    );
  }

  #take(row: TableRow, place: TablePlace): Dropped | Fault | undefined {
    const split = this.#splitOf(row, place);
    if (split instanceof Dropped || split instanceof Fault) return split;
    const index = place.find(row.path);
    if (index === undefined)
      return new Fault(
        `no image ${JSON.stringify(shortPath(row.path, 60))}. ${pathCure(this.#images, row.path)}`,
      );
    const before = this.#itemOf[index]!;
    if (before >= 0) return this.#again(row, split, before);
    this.#itemOf[index] = this.items.length;
    this.#lines.push(row.line);
    const fault = this.#images.files[index]!.fault;
    const number = this.labels.add(row.labels);
    const className = this.#options.several === undefined ? row.labels[0] : undefined;
    this.items.push({
      source: this.#images,
      index,
      split: split,
      row: number,
      className,
      fault,
    });
    return undefined;
  }

  /** A second row of an image: the same once more, or a contradiction. */
  #again(row: TableRow, split: ItemSplit, before: number): Dropped | Fault {
    const item = this.items[before]!;
    const labels = this.labels.of(item.row).map((label) => this.labels.names[label]);
    const line = this.#lines[before];
    const path = shortPath(row.path, 50);
    if (item.split !== split)
      return new Fault(
        `${path} is of ${split}, and line ${line} has it in ${item.split}. Remove one of the rows`,
      );
    if (labels.join('\n') === row.labels.join('\n'))
      return new Dropped('rows that say of an image what another row says');
    const several =
      this.#options.several === undefined
        ? "; for several labels an image, set the dataset's option several"
        : '';
    return new Fault(
      `${path} is ${shortPath(row.labels.join(', '), 24)}, and line ${line} says ${shortPath(labels.join(', '), 24)}. Remove one of the rows${several}`,
    );
  }
}
