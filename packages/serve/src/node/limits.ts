/** Who may ask. */
export interface Access {
  /** Must come as `Authorization: Bearer …`; anybody may ask where there is none. */
  readonly token?: string | undefined;
  /** The origin of pages that may read the answers; only those of the server itself where there is none. */
  readonly origin?: string | undefined;
}

/** What a server takes, and for how long it waits. */
export interface Limits {
  /** Bytes of a request's body. */
  readonly body: number;
  /** Bytes of all bodies that are being read or answered at a time. */
  readonly memory: number;
  /** Images that wait or are computed at a time. */
  readonly queue: number;
  /** Images of a request. */
  readonly images: number;
  readonly connections: number;
  /** Milliseconds in which a request's headers must be there. */
  readonly headersTimeout: number;
  /** Milliseconds in which a whole request must be there. */
  readonly requestTimeout: number;
  /** Milliseconds after which a connection without traffic is closed. */
  readonly idleTimeout: number;
  /** Milliseconds that requests under way have to be answered when the server stops. */
  readonly stopTimeout: number;
}

export const LIMITS: Limits = {
  body: 16 * 2 ** 20,
  memory: 256 * 2 ** 20,
  queue: 256,
  images: 32,
  connections: 256,
  headersTimeout: 5_000,
  requestTimeout: 30_000,
  idleTimeout: 60_000,
  stopTimeout: 10_000,
};
