/** A class with its probability. */
export interface ClassProbability {
  readonly class: string;
  readonly probability: number;
}

/** What a model says of one picture; which of these it says goes by its task. */
export interface PredictResult {
  /** Of a task of one class an image: the likeliest first. Of labels: all of them. */
  readonly predictions?: readonly ClassProbability[];
  /** The labels that an image is said to have. */
  readonly labels?: readonly string[];
  /** Boxes in pixels of the picture, whose `size` is [height, width]. */
  readonly boxes?: readonly (ClassProbability & {
    readonly box: readonly [top: number, left: number, bottom: number, right: number];
  })[];
  readonly size?: readonly [number, number];
  /** Of a map of classes: how much each takes, and its rows as [class, length, …] in the order of `classes`. */
  readonly shares?: readonly { readonly class: string; readonly share: number }[];
  readonly classes?: readonly string[];
  readonly runs?: readonly number[];
  /** Why nothing is said. */
  readonly problem?: string;
}

export interface ServerHealth {
  readonly status: 'ready' | 'stopping';
  readonly name?: string;
  readonly task?: string;
  readonly classes?: readonly string[];
  readonly size?: readonly [number, number];
  readonly runtime?: string;
}

/** What a server answers instead: its status, its word for programs, its sentence. */
export class PredictError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'PredictError';
    this.status = status;
    this.code = code;
  }
}

export interface ClientOptions {
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** A picture's bytes: what a form or a file gives, or an array. */
export type Picture = Blob | Uint8Array | ArrayBuffer;

export interface PredictClient {
  /** What the model says of each picture, in order. Errors: `PredictError`. */
  predict(pictures: readonly Picture[]): Promise<readonly PredictResult[]>;
  health(): Promise<ServerHealth>;
}

const blobOf = (picture: Picture): Blob =>
  picture instanceof Blob ? picture : new Blob([picture as BlobPart]);

const bodyOf = (pictures: readonly Picture[]): BodyInit => {
  const [first] = pictures;
  if (pictures.length === 1 && first) return blobOf(first);
  const form = new FormData();
  pictures.forEach((picture, i) => {
    form.append('image', blobOf(picture), `${i}`);
  });
  return form;
};

interface Told {
  readonly error?: unknown;
  readonly message?: unknown;
}

const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

const failure = async (response: Response): Promise<PredictError> => {
  const told = (await response.json().catch(() => ({}))) as Told;
  return new PredictError(
    response.status,
    textOf(told.error, 'fault'),
    textOf(told.message, `The server answered ${response.status}.`),
  );
};

/** Asks a server that `understory serve` started, from a page or from Node. */
export const predictClient = (url: string, { token, signal }: ClientOptions = {}): PredictClient => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const more = signal ? { signal } : {};
  const at = (place: string): string => new URL(place, url.endsWith('/') ? url : `${url}/`).href;
  return {
    async predict(pictures) {
      if (pictures.length === 0) return [];
      const response = await fetch(at('predict'), {
        method: 'POST',
        body: bodyOf(pictures),
        headers,
        ...more,
      });
      if (!response.ok) throw await failure(response);
      return ((await response.json()) as { readonly results: readonly PredictResult[] }).results;
    },
    async health() {
      const response = await fetch(at('health'), more);
      return (await response.json()) as ServerHealth;
    },
  };
};
