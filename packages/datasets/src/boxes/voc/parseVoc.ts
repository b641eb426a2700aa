import { BOX_KINDS } from '@understory/core';
import type { AnnotatedBox } from '../annotated.ts';
import { badAnnotation, numberOf, textOf } from '../annotationText.ts';
import { readXml } from './readXml.ts';

/** Values of an element by the names of its children; of children that occur twice the first one and the fault. */
type Values = Map<string, string>;

export interface VocAnnotation {
  /** As the file says it; undefined where it does not, or says 0. */
  readonly size: readonly [height: number, width: number] | undefined;
  readonly boxes: readonly AnnotatedBox[];
  /** Objects that have no `bndbox`. */
  readonly without: number;
}

interface Draft {
  root: string;
  readonly size: Values;
  readonly objects: Values[];
}

const VALUE =
  /^annotation\/(?:(size)\/(width|height)|object\/(name|difficult|bndbox|bndbox\/(?:xmin|ymin|xmax|ymax)))$/;

const put = (values: Values, name: string, text: string): void => {
  if (values.has(name)) throw badAnnotation(`<${name}> stands twice in one element`);
  values.set(name, text);
};

const draftOf = (text: string): Draft => {
  const draft: Draft = { root: '', size: new Map(), objects: [] };
  readXml(text, {
    open(path) {
      if (!path.includes('/')) draft.root = path;
      if (path === 'annotation/object') draft.objects.push(new Map());
    },
    close(path, value) {
      const [, size, side, part] = VALUE.exec(path) ?? [];
      if (size !== undefined && side !== undefined) put(draft.size, side, value);
      const object = draft.objects.at(-1);
      if (part !== undefined && object) put(object, part, value);
    },
  });
  if (draft.root !== 'annotation')
    throw badAnnotation(`it is <${draft.root.slice(0, 40)}>, and Pascal VOC has <annotation>`);
  return draft;
};

const numberIn = (values: Values, name: string): number => {
  const text = values.get(name);
  const number = text === undefined ? undefined : numberOf(text);
  if (number !== undefined) return number;
  const short = name.replace('bndbox/', '');
  throw badAnnotation(
    text === undefined
      ? `a <bndbox> has no <${short}>`
      : `<${short}> is ${JSON.stringify(text.slice(0, 40))}, no number`,
  );
};

const boxOf = (object: Values, first: number): AnnotatedBox => {
  const className = object.get('name') ?? '';
  if (className === '') throw badAnnotation('an <object> has no <name>');
  const difficult = object.has('difficult') && numberIn(object, 'difficult') !== 0;
  const at = (name: string): number => numberIn(object, `bndbox/${name}`);
  return {
    corners: [at('ymin') - first, at('xmin') - first, at('ymax'), at('xmax')],
    className,
    kind: difficult ? BOX_KINDS.difficult : BOX_KINDS.ordinary,
  };
};

const sizeOf = (size: Values): VocAnnotation['size'] => {
  const [height, width] = ['height', 'width'].map((side) => numberOf(size.get(side) ?? '') ?? 0);
  const isSize = (side: number | undefined): side is number => Number.isInteger(side) && Number(side) > 0;
  return isSize(height) && isSize(width) ? [height, width] : undefined;
};

/**
 * One annotation of Pascal VOC. `first` is the number of the first pixel: 1 where a box includes its last pixel. Children
 * stand in any order, parts of objects are not looked at. Errors: `bad-annotation`, with the reason alone.
 */
export const parseVoc = (bytes: Uint8Array, first: 0 | 1): VocAnnotation => {
  const { size, objects } = draftOf(textOf(bytes));
  const boxed = objects.filter((object) => object.has('bndbox'));
  return {
    size: sizeOf(size),
    boxes: boxed.map((object) => boxOf(object, first)),
    without: objects.length - boxed.length,
  };
};
