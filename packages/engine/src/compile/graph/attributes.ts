import { KIND, type Attribute, type TensorContent } from './native.ts';

/** Makes attributes by kind. */
export const attribute = {
  type: (name: string, value: number): Attribute => ({ name, type: KIND.type, value }),
  shape: (name: string, value: readonly number[]): Attribute => ({ name, type: KIND.shape, value }),
  string: (name: string, value: string): Attribute => ({ name, type: KIND.string, value }),
  int: (name: string, value: number | readonly number[]): Attribute => ({ name, type: KIND.int, value }),
  float: (name: string, value: number): Attribute => ({ name, type: KIND.float, value }),
  bool: (name: string, value: boolean): Attribute => ({ name, type: KIND.bool, value }),
  tensor: (name: string, value: TensorContent): Attribute => ({ name, type: KIND.tensor, value }),
};

/** An attribute's list of numbers or texts; empty where there is none. */
export const listOf = (attributes: readonly Attribute[], name: string): readonly unknown[] => {
  const value = attributes.find((one) => one.name === name)?.value;
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
};

export const textOf = (attributes: readonly Attribute[], name: string): string | undefined => {
  const value = attributes.find((one) => one.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
};

/** 0 where there is no such number. */
export const numberOf = (attributes: readonly Attribute[], name: string): number => {
  const value = attributes.find((one) => one.name === name)?.value;
  return typeof value === 'number' ? value : 0;
};

/** Whether there is such an attribute, and it is true. */
export const isSet = (attributes: readonly Attribute[], name: string): boolean =>
  attributes.some((one) => one.name === name && one.value === true);

export const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);
