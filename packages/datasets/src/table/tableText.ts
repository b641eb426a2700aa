import { badAnnotation } from '../boxes/annotationText.ts';

const encodingOf = (head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
};

/** Characters that are handed on at once. */
const AT_ONCE = 2 ** 18;

/** The text of a table in pieces, its ends of lines all `\n`. UTF-8, or UTF-16 with its mark. Errors: `bad-annotation`. */
export async function* tableText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let isCut = false;
  const decode = (bytes?: Uint8Array): string => {
    decoder ??= new TextDecoder(encodingOf(bytes ?? new Uint8Array()), { fatal: true });
    let text: string;
    try {
      text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (error) {
      throw badAnnotation(`not text in ${decoder.encoding}; save it as UTF-8`, error);
    }
    // A line's end may be cut in two: what it ends with is known when the next piece comes.
    if (isCut) text = `\r${text}`;
    isCut = bytes !== undefined && text.endsWith('\r');
    return (isCut ? text.slice(0, -1) : text).replace(/\r\n?/g, '\n');
  };
  for await (const chunk of chunks)
    for (let from = 0; from < chunk.length; from += AT_ONCE)
      yield decode(chunk.subarray(from, from + AT_ONCE));
  yield decode();
}
