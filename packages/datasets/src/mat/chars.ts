import { badAnnotation } from '../boxes/annotationText.ts';
import { TYPE, type Element } from './elements.ts';
import { readNumbers } from './numbers.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw badAnnotation('its text is not sound UTF-8', error);
  }
};

/** Characters of a matrix in column-major order: code units, or whole characters where these are counted. */
const charactersOf = (element: Element, count: number): readonly string[] | undefined => {
  if (element.type !== TYPE.utf8) {
    const type = element.type === TYPE.utf16 ? 4 : element.type;
    const codes = readNumbers({ ...element, type });
    return codes.length === count
      ? Array.from(codes, (code) => String.fromCharCode(code & 0xffff))
      : undefined;
  }
  const text = decodeUtf8(element.bytes);
  if (text.length === count) return text.split('');
  const characters = Array.from(text);
  return characters.length === count ? characters : undefined;
};

/** Most characters of one matrix. */
const MAX_CHARACTERS = 2 ** 20;

/** Rows of a matrix of characters. Errors: `bad-annotation`. */
export const readRows = (element: Element, shape: readonly number[]): string[] => {
  const count = shape.reduce((a, b) => a * b, 1);
  const height = count === 0 ? 0 : (shape[0] ?? 0);
  if (Math.max(count, element.bytes.length) > 4 * MAX_CHARACTERS)
    throw badAnnotation(`a text of ${shape.join(' x ')} characters, more than lists of images have`);
  const characters = charactersOf(element, count);
  if (!characters)
    throw badAnnotation(`a text of ${shape.join(' x ')} characters has ${element.bytes.length} bytes`);
  const width = height === 0 ? 0 : count / height;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => characters[column * height + row]).join(''),
  );
};
