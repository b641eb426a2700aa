import { UnderstoryError, type RecordedNode } from '@understory/core';

/** The JSON form of an attribute of TensorFlow's NodeDef, as far as recorded graphs have it. */
interface AttributeJson {
  readonly s?: string;
  readonly i?: string;
  readonly f?: number;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly string[] };
}

const attributeOf = ({ attributes }: RecordedNode, name: string): AttributeJson => attributes[name] ?? {};

/** A list of whole numbers; empty where there is none. */
export const wholeNumbers = (node: RecordedNode, name: string): readonly number[] =>
  (attributeOf(node, name).list?.i ?? []).map(Number);

/** A text, which the JSON form has in base64; empty where there is none. */
export const text = (node: RecordedNode, name: string): string => atob(attributeOf(node, name).s ?? '');

export const flag = (node: RecordedNode, name: string): boolean => attributeOf(node, name).b ?? false;

/** A number, whole or not. */
export const number = (node: RecordedNode, name: string): number => {
  const { i, f } = attributeOf(node, name);
  const value = i ?? f;
  if (value !== undefined) return Number(value);
  throw new UnderstoryError('export', `${node.op} says nothing of its attribute "${name}".`);
};
