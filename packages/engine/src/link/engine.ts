/** What tfjs runs on in this process. */
export interface Engine {
  /** TensorFlow itself; false for tfjs's own CPU backend. */
  readonly native: boolean;
  /** TensorFlow's version; null without it. */
  readonly tensorflow: string | null;
  /** For people: `TensorFlow 2.21.0, 2 threads`. */
  readonly description: string;
  readonly threads: number;
  /** Whether kernels run on a GPU. */
  readonly gpu: boolean;
  /** The engine's own native addon (graphs, sessions); null without it. */
  readonly addonPath: string | null;
  /** One line on what is missing and what it costs; null where nothing is. */
  readonly notice: string | null;
}
