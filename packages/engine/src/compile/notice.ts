/** Something that a user may want to know; nothing is wrong yet. */
export interface Notice {
  readonly code: 'large-constant' | 'constant-gone' | 'traced-again';
  readonly message: string;
}
