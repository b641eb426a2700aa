import { badAnnotation } from '../boxes/annotationText.ts';
import { MAX_ROW, type Row } from './csvRows.ts';

/** A record of one line. */
export type JsonRow = Readonly<Record<string, unknown>>;

const parsed = (text: string, line: number): Row<JsonRow> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { line, value: value as JsonRow };
    return { line, value: {}, fault: 'no JSON object' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { line, value: {}, fault: `no sound JSON (${reason.slice(0, 60)})` };
  }
};

/** Reads a file of one JSON object a line as a stream; blank lines are none. Memory is bounded. Errors: `bad-annotation`. */
export async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<Row<JsonRow>[]> {
  let rest = '';
  let line = 0;
  const take = (lines: readonly string[]): Row<JsonRow>[] =>
    lines.flatMap((one) => (++line && one.trim() === '' ? [] : [parsed(one, line)]));
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_ROW)
      throw badAnnotation(
        `line ${line + lines.length + 1}: a line of over ${MAX_ROW / 2 ** 20} MB; expected one JSON object a line`,
      );
    yield take(lines);
  }
  yield take([rest]);
}
