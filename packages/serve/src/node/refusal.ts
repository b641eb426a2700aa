import { UnderstoryError } from '@understory/core';

/** Why a request is not answered: a status of HTTP, a word for programs and a sentence for people. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Whether what was sent so far is not read to its end, so that the connection cannot be used again. */
  readonly closes: boolean;

  constructor(status: number, code: string, message: string, closes = false) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.closes = closes;
  }
}

/** Who asked has hung up: 499 in the counts, as proxies have it, for nobody reads the answer. */
export const gone = (message: string): Refusal => new Refusal(499, 'gone', message, true);

/** Of the server's own faults nothing but that there was one goes out. */
export const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  if (error instanceof UnderstoryError && error.code === 'bad-image')
    return new Refusal(422, error.code, error.message);
  return new Refusal(500, 'fault', 'The server could not answer. Its log says why.');
};
