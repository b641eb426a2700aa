import { UnderstoryError } from '@understory/core';
import { taskIn } from '../../cluster/cluster.ts';

/** What the addon throws: TensorFlow's name of the failure in `code`. */
interface NativeError extends Error {
  readonly code: string;
}

const isNative = (error: unknown): error is NativeError =>
  error instanceof Error &&
  typeof (error as Partial<NativeError>).code === 'string' &&
  !(error instanceof UnderstoryError);

/** Begins the message of a check that an output is finite; the output's name follows. */
export const NOT_FINITE = 'Output is not finite: ';

/** How a server begins what one of its own ops says. */
const FROM = /^From \S+:\n/;

/** The op that a message of TensorFlow's speaks of, as its node is named in the graph. */
const nodeIn = (message: string): string | undefined => /\{\{node ([^}]+)\}\}/.exec(message)?.[1];

/** Turns what went wrong in a run into an error that a user can act on. The runner stays usable after each of them. */
export const runError = (step: string, error: unknown): unknown => {
  if (!isNative(error)) return error;
  const { code } = error;
  const said = error.message.replace(FROM, '');
  const node = nodeIn(said);
  const at = `step "${step}"${node === undefined ? '' : `, op ${node}`}`;
  const made = (kind: string, message: string): UnderstoryError =>
    new UnderstoryError(kind, message, { cause: error });
  if (code === 'RESOURCE_EXHAUSTED') {
    return made(
      'out-of-memory',
      `Out of memory in ${at}: ${firstLine(said)}. Use smaller batches or images.`,
    );
  }
  const output = said.includes(NOT_FINITE)
    ? said.slice(said.indexOf(NOT_FINITE) + NOT_FINITE.length)
    : undefined;
  if (output !== undefined) {
    const [name, what] = /^(.*?) : Tensor had (.*?) values?/.exec(output)?.slice(1) ?? [
      firstLine(output),
      'NaN or Inf',
    ];
    return made('not-finite', `Step "${step}" gave values that are not finite: ${name} = ${what}.`);
  }
  const lost = lostWorker(code, said);
  if (lost !== undefined) return made('worker-lost', `${lost}: ${firstLine(said).slice(0, 160)} (${at}).`);
  if (code === 'CANCELLED' || /session has been closed/i.test(said)) {
    return made('session-closed', `The run of ${at} was cancelled: its runner is disposed.`);
  }
  if (/No OpKernel was registered|no registered kernel/i.test(said)) {
    return made('op-missing', `The device cannot run ${at}: ${firstLine(said)}`);
  }
  return made('op-failed', `TensorFlow failed in ${at}: ${said}`);
};

const UNREACHED = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'ABORTED', 'INTERNAL', 'CANCELLED'];

/** What is said of a worker that a sum over workers waits for in vain; undefined for any other failure. */
const lostWorker = (code: string, said: string): string | undefined => {
  if (!UNREACHED.includes(code) || !/collective|worker|connection|socket/i.test(said)) return undefined;
  const rank = taskIn(said);
  return rank === undefined
    ? 'Another worker has stopped answering'
    : `Worker ${rank} cannot be reached any more`;
};

const firstLine = (text: string): string => (text.split('\n')[0] ?? text).replace(/[.\s]+$/, '');
