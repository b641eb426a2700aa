import { badAnnotation } from '../../boxes/annotationText.ts';
import { fieldOf, scalarOf, stringOf, structsOf, variableOf, type MatFile } from '../../mat/values.ts';
import { badDataset } from '../../errors.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { badLine, findList, keyed, readLines, readVariables } from '../lists.ts';

export const SYNSET = /^n\d{8}$/;
export const GROUND_TRUTH = 'ILSVRC2012_validation_ground_truth.txt';

/** What is known of classes beside their pictures. */
export interface Devkit {
  /** What each synset means, in words. */
  readonly words: ReadonlyMap<string, string>;
  /** Synsets by their numbers of ILSVRC, 1 to 1000, which are not in the synsets' order. */
  readonly synsets: ReadonlyMap<number, string>;
}

/** Synsets of meta.mat without those that hold others. */
const readMeta = (file: MatFile): Devkit => {
  const [words, synsets] = [new Map<string, string>(), new Map<number, string>()];
  structsOf(variableOf(file, 'synsets'), 'synsets').forEach((one, i) => {
    const what = `synsets(${i + 1})`;
    const number = (name: string): number => scalarOf(fieldOf(one, name, what), `${what}.${name}`);
    if (number('num_children') !== 0) return;
    const [id, synset] = [number('ILSVRC2012_ID'), stringOf(fieldOf(one, 'WNID', what), `${what}.WNID`)];
    if (!SYNSET.test(synset))
      throw badAnnotation(`${what}.WNID is ${JSON.stringify(synset.slice(0, 20))}, no synset`);
    if (synsets.has(id) || words.has(synset))
      throw badAnnotation(
        `${what} has the number ${id} and the synset ${synset}, one of them for a second time`,
      );
    synsets.set(id, synset);
    words.set(synset, stringOf(fieldOf(one, 'words', what), `${what}.words`));
  });
  return { words, synsets };
};

/** The devkit's meta.mat, or the names of Kaggle's copy; empty where neither is there. Errors: `bad-annotation`. */
export const readDevkit = async (source: FileSource): Promise<Devkit> => {
  const meta = findList(source, 'meta.mat');
  if (meta !== undefined) return readVariables(source, meta, readMeta);
  const mapping = findList(source, 'LOC_synset_mapping.txt');
  const words =
    mapping === undefined
      ? new Map<string, string>()
      : await readLines(source, mapping, (lines) => keyed(lines, (name) => name));
  return { words, synsets: new Map() };
};

/** Synsets of the validation images by their numbers from 1 on, and the list that says so. */
export interface Truth {
  readonly list: string;
  readonly synsets: ReadonlyMap<number, string>;
}

const readGroundTruth = (source: FileSource, index: number, { synsets }: Devkit): Promise<Truth> =>
  readLines(source, index, (lines) => ({
    list: GROUND_TRUTH,
    synsets: new Map(
      lines.map((line, i) => {
        const synset = /^\d{1,6}$/.test(line.text) ? synsets.get(Number(line.text)) : undefined;
        if (synset === undefined) throw badLine(line, 'is no number of a class in meta.mat');
        return [i + 1, synset];
      }),
    ),
  }));

const SOLUTION = 'LOC_val_solution.csv';

/** Lines `ILSVRC2012_val_00048981,n03995372 85 1 499 272`, below one of titles. */
const readSolution = (source: FileSource, index: number): Promise<Truth> =>
  readLines(source, index, (lines) => ({
    list: SOLUTION,
    synsets: new Map(
      lines.slice(1).map((line) => {
        const [, number, synset] = /^ILSVRC2012_val_(\d{8}),(n\d{8})\b/.exec(line.text) ?? [];
        if (number === undefined || synset === undefined)
          throw badLine(line, 'does not begin as ILSVRC2012_val_00000001,n01440764');
        return [Number(number), synset];
      }),
    ),
  }));

/** The classes of flat validation images, by the devkit or Kaggle's copy. Errors: `bad-dataset`, `bad-annotation`. */
export const readTruth = async (source: FileSource, devkit: Devkit): Promise<Truth> => {
  const [truth, solution] = [findList(source, GROUND_TRUTH), findList(source, SOLUTION)];
  if (truth !== undefined && devkit.synsets.size > 0) return readGroundTruth(source, truth, devkit);
  if (solution !== undefined) return readSolution(source, solution);
  throw badDataset(
    source.name,
    `its flat validation images have no classes without ${truth === undefined ? GROUND_TRUTH : 'meta.mat'} of the devkit. Name ILSVRC2012_devkit_t12.tar.gz with the dataset's option devkit, or put it into root`,
  );
};
