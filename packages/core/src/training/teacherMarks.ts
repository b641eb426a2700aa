import type { NdArray } from '../contracts/arrays.ts';
import type { Network } from '../contracts/objective.ts';
import type { Runner } from '../contracts/runner.ts';
import { crc32c } from '../formats/crc32.ts';
import { UnderstoryError } from '../errors.ts';
import { readNamed, type Origin } from './checkpoint.ts';
import { networkVariables } from './network.ts';
import { turns } from '../turn.ts';

/** Bytes between two looks at the clock: a few ms. */
const PIECE = 2 * 1024 * 1024;

const bytesOf = ({ data }: NdArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** What tells each teacher from others: a checksum of its weights by their names, in the order in which they were loaded. */
export const teacherMarks = async (runner: Runner, teachers: readonly Network[]): Promise<string[]> => {
  const marks: string[] = [];
  const turn = turns();
  for (const teacher of teachers) {
    let crc = 0;
    for (const [name, value] of Object.entries(await readNamed(runner, networkVariables(teacher)))) {
      crc = crc32c(new TextEncoder().encode(name), crc);
      const bytes = bytesOf(value);
      for (let at = 0; at < bytes.length; at += PIECE) {
        crc = crc32c(bytes.subarray(at, at + PIECE), crc);
        await turn();
      }
    }
    marks.push(crc.toString(16).padStart(8, '0'));
  }
  return marks;
};

/** Errors: `resume` where a run's teachers are not those that it began with. */
export const checkTeachers = (before: Origin | undefined, now: readonly string[]): void => {
  const { teachers } = before ?? {};
  if (!teachers) return; // an earlier version noted none
  const other = now.findIndex((mark, i) => mark !== teachers[i]);
  if (other < 0 && now.length === teachers.length) return;
  const which = now.length > 1 && other >= 0 ? `teacher ${other + 1} of ${now.length}` : 'teacher';
  throw new UnderstoryError(
    'resume',
    `The weights of the run's ${which} are not those that it began with: it was trained again or replaced since. ` +
      'Put it back as it was, or start a new run without --resume.',
  );
};
