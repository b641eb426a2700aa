import { nearest } from '@understory/core';
import { badAnnotation } from '../boxes/annotationText.ts';
import { quotedNames } from '../errors.ts';
import type { ParsedTableOptions } from './options.ts';

export const ROLES = ['path', 'label', 'split'] as const;
export type Role = (typeof ROLES)[number];

/** Positions of the columns among the names; no table needs a split. */
export interface Columns {
  readonly path: number;
  readonly label: number;
  readonly split: number | undefined;
  /** One whose name may be a split's: it is, if what stands in it is. */
  readonly maybeSplit?: number | undefined;
}

/** Usual names, without case, blanks and what joins words; an `s` at the end makes no other. */
const USUAL: Readonly<Record<Role, readonly string[]>> = {
  path: [
    ...[
      'path',
      'file',
      'filename',
      'filepath',
      'image',
      'imagepath',
      'imagefile',
      'imagename',
      'img',
      'imgpath',
    ],
    ...['imgname', 'imgfile', 'relpath', 'relativepath', 'picture', 'photo'],
  ],
  label: ['label', 'class', 'classe', 'classname', 'category', 'categoryname', 'target', 'tag', 'labelname'],
  split: ['split', 'subset', 'partition'],
};
/** Names of splits, and of other things too. */
const MAYBE_SPLIT = ['set', 'dataset', 'phase', 'usage', 'group', 'fold'];

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_.-]+/g, '')
    .replace(/(?<![s])s$/, '');

const CURE = 'Name it with the dataset\'s option columns: { path: "…", label: "…" }';

const named = (names: readonly string[], role: Role, wanted: string): number => {
  const at = names.indexOf(wanted);
  if (at >= 0 && names.indexOf(wanted, at + 1) < 0) return at;
  if (at >= 0)
    throw badAnnotation(
      `it has two columns ${JSON.stringify(wanted)}. Give the position of one: columns: { ${role}: ${at} }`,
    );
  const near = nearest(wanted, names);
  throw badAnnotation(
    `it has no column ${JSON.stringify(wanted)}, which columns.${role} names.${near ? ` Did you mean ${JSON.stringify(near)}?` : ''} It has ${quotedNames(names)}`,
  );
};

const usual = (names: readonly string[], role: Role): number | undefined => {
  const found = names.flatMap((name, i) => (USUAL[role].includes(plain(name)) ? [i] : []));
  if (found.length < 2) return found[0];
  throw badAnnotation(
    `${quotedNames(found.map((i) => names[i] ?? ''))} may all be the ${role}. Say which with the dataset's option columns: { ${role}: ${JSON.stringify(names[found[0] ?? 0])} }`,
  );
};

/** Where the columns are, by their names or positions, or by usual names. Errors: `bad-annotation`. */
export const columnsOf = (names: readonly string[], { columns }: ParsedTableOptions): Columns => {
  const at = (role: Role): number | undefined => {
    const wanted = columns[role];
    if (wanted === false) return undefined;
    if (typeof wanted === 'string') return named(names, role, wanted);
    if (wanted === undefined) return usual(names, role);
    if (wanted < names.length) return wanted;
    throw badAnnotation(
      `columns.${role} is ${wanted}, and it has ${names.length} columns (0 … ${names.length - 1})`,
    );
  };
  const needed = (role: 'path' | 'label'): number => {
    const found = at(role);
    if (found !== undefined) return found;
    throw badAnnotation(
      `no column of it is named like a ${role}: it has ${quotedNames(names)}. ${CURE}, or set header to false where it has no names`,
    );
  };
  const [path, label, split] = [needed('path'), needed('label'), at('split')];
  const maybe = names.findIndex((name) => MAYBE_SPLIT.includes(plain(name)));
  const isOpen = split === undefined && columns.split !== false && maybe >= 0;
  return { path, label, split, ...(isOpen && { maybeSplit: maybe }) };
};

/** Columns of a CSV without names: those that the option says, or the two that it has. Errors: `bad-annotation`. */
export const columnsWithoutNames = (count: number, options: ParsedTableOptions): Columns => {
  const { path, label } = options.columns;
  if (path === undefined && label === undefined && count === 2)
    return { path: 0, label: 1, split: undefined };
  const wrong = ROLES.find((role) => typeof options.columns[role] === 'string');
  if (path === undefined || label === undefined || wrong !== undefined)
    throw badAnnotation(
      `it has ${count} columns without names. Give their positions with the dataset's option columns: { path: 0, label: 1 }`,
    );
  return columnsOf(
    Array.from({ length: count }, (_, i) => `${i}`),
    { ...options, columns: { ...options.columns } },
  );
};
