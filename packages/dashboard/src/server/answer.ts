/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly type?: 'text/html' | 'application/json' | 'text/plain';
  readonly body?: string;
  /** Under which name a browser keeps it, where it is to be kept. */
  readonly file?: string;
}

export const json = (value: unknown): Answer => ({
  status: 200,
  type: 'application/json',
  body: JSON.stringify(value),
});
