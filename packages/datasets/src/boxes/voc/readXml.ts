import { SaxesParser } from 'saxes';
import { badAnnotation } from '../annotationText.ts';

/** Elements of an annotation that are read, by their path from the root. */
export interface XmlHandlers {
  /** An element begins. */
  open(path: string): void;
  /** An element ends; `text` is what stands directly in it, trimmed. */
  close(path: string, text: string): void;
}

const MAX_DEPTH = 32;
/** Longest text of an element that means something, in characters. */
const MAX_VALUE = 4096;

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 120);

/**
 * Reads XML. Entities beyond XML's own are refused, and nothing outside the text is ever looked up: a document cannot
 * grow, nor reach a file. Errors: `bad-annotation`, with line and column.
 */
export const readXml = (text: string, handlers: XmlHandlers): void => {
  const parser = new SaxesParser({ position: true });
  const path: string[] = [];
  const texts: string[] = [];
  const add = (more: string): void => {
    const at = texts.length - 1;
    const before = texts[at];
    if (before !== undefined && before.length < MAX_VALUE) texts[at] = before + more;
  };
  parser.on('error', (error) => {
    throw badAnnotation(`no sound XML (${reasonOf(error)})`, error);
  });
  parser.on('opentag', ({ name }) => {
    if (path.push(name) > MAX_DEPTH) throw badAnnotation(`its elements lie over ${MAX_DEPTH} deep`);
    texts.push('');
    handlers.open(path.join('/'));
  });
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    handlers.close(path.join('/'), (texts.pop() ?? '').trim());
    path.pop();
  });
  parser.write(text).close();
};
