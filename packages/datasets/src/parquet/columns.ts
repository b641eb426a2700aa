import { nearest } from '@understory/core';
import { quotedNames } from '../errors.ts';
import type { Footer, Leaf } from './footer.ts';
import type { ParsedParquetOptions } from './options.ts';

/** What Hugging Face's library says of a column. */
interface Feature {
  readonly type: string;
  /** Names of the classes, in order. */
  readonly names?: readonly string[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A column's feature, or that of the things in its list. */
const featureOf = (value: unknown): Feature | undefined => {
  if (Array.isArray(value)) return featureOf(value[0]);
  if (!isObject(value)) return undefined;
  const { _type: type, names, feature } = value;
  if (type === 'Sequence' || type === 'List' || type === 'LargeList') return featureOf(feature);
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  return typeof type === 'string' ? { type, ...(isNames && { names }) } : undefined;
};

/** The features in a file's metadata; none where it has no sound ones. */
export const featuresOf = ({ metadata }: Footer): ReadonlyMap<string, Feature> => {
  try {
    const said: unknown = JSON.parse(metadata.get('huggingface') ?? '');
    const info = isObject(said) ? said['info'] : undefined;
    const features = isObject(info) ? info['features'] : undefined;
    return new Map(
      Object.entries(isObject(features) ? features : {}).flatMap(([name, value]) => {
        const feature = featureOf(value);
        return feature ? [[name, feature] as const] : [];
      }),
    );
  } catch {
    return new Map();
  }
};

/** Where a file's images and labels are. */
export interface ImageColumns {
  readonly image: Leaf;
  /** Of images that lie beside their bytes: what they are named. */
  readonly path: Leaf | undefined;
  readonly label: Leaf;
  readonly labelName: string;
  /** Names of the classes by their numbers, where the file says them. */
  readonly names: readonly string[] | undefined;
}

const NAMES = {
  image: /^(image|images|img|imgs|picture|photo|pixel_values|jpg|png)$/i,
  label: /^(label|labels|class|classes|category|target)$/i,
};
const WHAT = { image: 'Image', label: 'ClassLabel' } as const;

const columnNames = ({ leaves }: Footer): string[] => [...new Set(leaves.map(({ path }) => path[0] ?? ''))];

const columnName = (footer: Footer, role: 'image' | 'label', wanted: string | undefined): string => {
  const names = columnNames(footer);
  const has = `It has ${quotedNames(names)}`;
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    const near = nearest(wanted, names);
    throw new Error(
      `no column ${JSON.stringify(wanted)}, which the option ${role} names.${near ? ` Did you mean ${JSON.stringify(near)}?` : ''} ${has}`,
    );
  }
  const said = [...featuresOf(footer)].flatMap(([name, { type }]) =>
    type === WHAT[role] && names.includes(name) ? [name] : [],
  );
  const found = said.length > 0 ? said : names.filter((name) => NAMES[role].test(name));
  const [one, second] = found;
  if (one !== undefined && second === undefined) return one;
  throw new Error(
    one === undefined
      ? `no column that is ${role === 'image' ? 'an image' : 'a label'} by what it says or by its name. ${has}; name it with the dataset's option ${role}`
      : `${quotedNames(found)} may all be the ${role}. Name one with the dataset's option ${role}`,
  );
};

const BYTES = 'BYTE_ARRAY';

const imageLeaves = (footer: Footer, name: string): Pick<ImageColumns, 'image' | 'path'> => {
  const own = footer.leaves.filter(({ path }) => path[0] === name);
  const [only] = own;
  const isBytes = ({ element, repetition }: Leaf): boolean => element.type === BYTES && repetition === 0;
  if (only && own.length === 1 && only.path.length === 1 && isBytes(only))
    return { image: only, path: undefined };
  const child = (key: string): Leaf | undefined =>
    own.find((leaf) => leaf.path.length === 2 && leaf.path[1] === key && isBytes(leaf));
  const image = child('bytes');
  if (image) return { image, path: child('path') };
  throw new Error(
    `its column ${JSON.stringify(name)} holds no encoded pictures: expected bytes, or a structure of bytes and path`,
  );
};

const LABEL_TYPES = ['INT32', 'INT64', 'BYTE_ARRAY', 'BOOLEAN'];

const labelLeaf = (footer: Footer, name: string, several: boolean): Leaf => {
  const own = footer.leaves.filter(({ path }) => path[0] === name);
  const [leaf] = own;
  const isLabel = own.length === 1 && leaf !== undefined && LABEL_TYPES.includes(leaf.element.type ?? '');
  if (isLabel && leaf.repetition === (several ? 1 : 0)) return leaf;
  if (isLabel && leaf.repetition === 1)
    throw new Error(
      `its column ${JSON.stringify(name)} holds lists of labels. Set the dataset's option several, or name another with its option label`,
    );
  throw new Error(
    `its column ${JSON.stringify(name)} holds no ${several ? 'lists of ' : ''}labels: expected numbers or texts`,
  );
};

/** Finds the columns of images and labels. Errors tell what is not there or not clear. */
export const imageColumns = (
  footer: Footer,
  options: Pick<ParsedParquetOptions, 'image' | 'label' | 'several'>,
): ImageColumns => {
  const labelName = columnName(footer, 'label', options.label);
  return {
    ...imageLeaves(footer, columnName(footer, 'image', options.image)),
    label: labelLeaf(footer, labelName, options.several),
    labelName,
    names: featuresOf(footer).get(labelName)?.names,
  };
};
