import type { Predictor, ReadyImage } from './predictor.ts';
import { gone } from './refusal.ts';

interface Waiting {
  readonly image: ReadyImage;
  readonly signal: AbortSignal;
  readonly done: (answer: object) => void;
  readonly failed: (error: unknown) => void;
}

/** What is told of batches. */
export interface BatchListener {
  onBatch(images: number, seconds: number): void;
}

const sizeOf = ({ pixels: { shape } }: ReadyImage): string => shape.join();

/**
 * Collects images of several requests into batches: what has come while a batch was computed is the next one. An image whose request
 * is gone is not computed.
 */
export class Batcher {
  readonly #predictor: Predictor;
  readonly #listener: BatchListener;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(predictor: Predictor, listener: BatchListener) {
    this.#predictor = predictor;
    this.#listener = listener;
  }

  /** Images that wait for their batch. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** What the model says of an image. Errors: `Refusal` where the request is gone, whatever the model throws. */
  add(image: ReadyImage, signal: AbortSignal): Promise<object> {
    return new Promise((done, failed) => {
      this.#waiting.push({ image, signal, done, failed });
      this.#running ??= this.#run();
    });
  }

  /** Waits until nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests that came in the same turn of the event loop share the first batch.
    await new Promise((turn) => setImmediate(turn));
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) await this.#answer(batch);
    this.#running = undefined;
  }

  /** The longest wait first, with those of the same size behind it. */
  #next(): Waiting[] {
    const left = this.#waiting.filter(({ signal }) => signal.aborted);
    left.forEach(({ failed }) => {
      failed(gone('The request is gone.'));
    });
    const alive = this.#waiting.filter(({ signal }) => !signal.aborted);
    const most = this.#predictor.batches.at(-1) ?? 1;
    const [first] = alive;
    const batch = first
      ? alive.filter(({ image }) => sizeOf(image) === sizeOf(first.image)).slice(0, most)
      : [];
    const taken = new Set(batch);
    this.#waiting.splice(0, Infinity, ...alive.filter((one) => !taken.has(one)));
    return batch;
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const begin = performance.now();
    try {
      const answers = await this.#predictor.predict(batch.map(({ image }) => image));
      batch.forEach(({ done }, i) => {
        done(answers[i]!);
      });
    } catch (error) {
      batch.forEach(({ failed }) => {
        failed(error);
      });
    }
    this.#listener.onBatch(batch.length, (performance.now() - begin) / 1000);
  }
}
