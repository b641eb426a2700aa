import type { LeftOut } from '@understory/core';
import { badDataset, listed } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** The files of one form in which a dataset is published. */
export interface CifarForm {
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** The file with the names of the classes. */
  readonly names: string;
}

export type FormName = 'binary' | 'python';
export type CifarForms = Readonly<Record<FormName, CifarForm>>;

const isNamed = (path: string, name: string): boolean => path === name || path.endsWith(`/${name}`);

const batchesOf = ({ files }: FileSource, { train, test }: CifarForm): string[] =>
  files.flatMap(({ path }) => ([...train, ...test].some((name) => isNamed(path, name)) ? [path] : []));

/** The form that is read: the binary one as soon as a file of it lies there, else that for Python. */
export const formIn = (source: FileSource, { binary, python }: CifarForms): FormName =>
  batchesOf(source, binary).length === 0 && batchesOf(source, python).length > 0 ? 'python' : 'binary';

const missing = (source: FileSource, name: string, form: FormName): Error => {
  const faulty = source.files.find(({ path, fault }) => fault !== undefined && isNamed(path, name));
  if (faulty) return badDataset(source.name, `${faulty.path} is ${faulty.fault}; download it again`);
  const archive =
    form === 'binary' ? 'cifar-…-binary.tar.gz or cifar-…-python.tar.gz' : 'cifar-…-python.tar.gz';
  return badDataset(
    source.name,
    `it holds no ${name}. Give the folder or tar of the whole dataset (${archive}), as its authors publish it`,
  );
};

const readWhole = async (source: FileSource, index: number): Promise<Uint8Array> => {
  try {
    return await source.read(index);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badDataset(
      source.name,
      `${source.files[index]!.path} cannot be read (${reason}); download it again`,
    );
  }
};

/** The bytes of the one file of that name. Errors: `bad-dataset`. */
export const readNamed = async (source: FileSource, name: string, form: FormName): Promise<Uint8Array> => {
  const found = source.files.flatMap(({ path, fault }, i) => (!fault && isNamed(path, name) ? [i] : []));
  const [index, second] = found;
  if (index === undefined) throw missing(source, name, form);
  if (second === undefined) return readWhole(source, index);
  const twice = found.map((i) => source.files[i]!.path);
  throw badDataset(
    source.name,
    `it holds ${name} more than once (${listed(twice, 3)}). Give one of these folders`,
  );
};

const counted = (reason: string, paths: readonly string[]): LeftOut[] =>
  paths.length === 0 ? [] : [{ reason, count: paths.length, examples: paths.slice(0, 3) }];

/** Batches that are no part of this dataset, and those of the form that is not read. */
export const unreadFiles = (source: FileSource, forms: CifarForms, form: FormName): LeftOut[] => {
  const known = [forms.binary, forms.python].flatMap((one) => [...one.train, ...one.test, one.names]);
  const others = source.files.filter(
    ({ path }) => /(\.bin|(^|\/)data_batch_\d+)$/.test(path) && !known.some((name) => isNamed(path, name)),
  );
  return [
    ...counted(
      'a file of records that the dataset has not',
      others.map(({ path }) => path),
    ),
    ...(form === 'binary'
      ? counted('the version for Python, beside the binary one', batchesOf(source, forms.python))
      : []),
  ];
};
