/** What a program is compiled for. */
export interface Target {
  readonly gpu: boolean;
  readonly precision: Precision;
}

export type Precision = 'float32' | 'bfloat16';
