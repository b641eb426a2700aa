/** A key that was searched. */
export interface SweepAxis {
  readonly key: string;
  /** Values that were listed, as text; absent of a range. */
  readonly values?: readonly string[];
  /** A range of numbers; absent where values were listed. */
  readonly range?: { readonly from: number; readonly to: number; readonly log: boolean };
}

/** A trial's value of a key. */
export interface SweepValue {
  readonly text: string;
  /** The number in a range; which of the listed values, from 0 on. */
  readonly at: number;
}

export interface SweepTrial {
  readonly number: number;
  /** One for each axis. */
  readonly values: readonly SweepValue[];
  readonly state: 'begun' | 'ended' | 'stopped' | 'failed';
  /** Mean over its seeds; absent where there is none. */
  readonly value?: number;
  /** Over its seeds. */
  readonly deviation?: number;
  /** How far it is from the best, in words. */
  readonly toBest?: string;
  /** Mean on test images, where these were looked at. */
  readonly test?: number;
  /** What else is to be said of it. */
  readonly note?: string;
  readonly seconds: number;
  /** Whether its values are the config's own. */
  readonly own: boolean;
}

/** What a sweep's page shows. */
export interface SweepInput {
  readonly title: string;
  /** ISO 8601. */
  readonly date: string;
  readonly dataset: string;
  /** The number by which trials are compared; a fraction, told in percent, without a unit. */
  readonly measure: { readonly name: string; readonly goal: 'max' | 'min'; readonly unit?: string };
  readonly axes: readonly SweepAxis[];
  /** The best first. */
  readonly trials: readonly SweepTrial[];
  /** What was tried, and how: one paragraph. */
  readonly summary: string;
  /** How sure the result is, and how trials were chosen: a paragraph each. */
  readonly notes: readonly string[];
  /** Commands, each with what it does. */
  readonly commands: readonly { readonly does: string; readonly command: string }[];
}
