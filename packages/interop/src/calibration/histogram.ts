import { UnderstoryError } from '@understory/core';

/** Bins on each side of zero. */
const HALF = 2048;

/** How often numbers occur, in bins of equal width that grow with the largest one; zero is always an edge between two of them. */
export class Histogram {
  readonly #counts = new Float64Array(2 * HALF);
  #width = 0;
  #least = Infinity;
  #most = -Infinity;

  /** The smallest number, 0 where there was none. */
  get least(): number {
    return Number.isFinite(this.#least) ? this.#least : 0;
  }

  /** The largest number, 0 where there was none. */
  get most(): number {
    return Number.isFinite(this.#most) ? this.#most : 0;
  }

  /** How wide a bin is; 0 where every number was 0. */
  get width(): number {
    return this.#width;
  }

  /** Errors: `non-finite`. */
  add(numbers: ArrayLike<number>): void {
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i] ?? 0;
      if (!Number.isFinite(value)) throw new UnderstoryError('non-finite', `A number is ${value}.`);
      if (value < this.#least) this.#least = value;
      if (value > this.#most) this.#most = value;
    }
    const [low, high] = [this.least, this.most];
    this.#reach(Math.max(Math.abs(low), Math.abs(high)));
    for (let i = 0; i < numbers.length; i++) this.#count(numbers[i] ?? 0);
  }

  /** Visits the bins in which numbers lie, from the smallest: the middle of each, and how many lie in it. */
  visit(see: (middle: number, count: number) => void): void {
    this.#counts.forEach((count, bin) => {
      if (count > 0) see((bin - HALF + 0.5) * this.#width, count);
    });
  }

  #count(value: number): void {
    const bin = this.#width === 0 ? HALF : HALF + Math.floor(value / this.#width);
    this.#counts[Math.min(2 * HALF - 1, Math.max(0, bin))]! += 1;
  }

  /** Makes bins twice as wide until a number lies in one. */
  #reach(size: number): void {
    if (size === 0) return;
    // Half of the bins are free at first, so that a few larger numbers later cost nothing.
    if (this.#width === 0) this.#width = (2 * size) / HALF;
    while (size >= this.#width * HALF) this.#double();
  }

  #double(): void {
    const before = this.#counts.slice();
    this.#counts.fill(0);
    before.forEach((count, bin) => {
      this.#counts[HALF + Math.floor((bin - HALF) / 2)]! += count;
    });
    this.#width *= 2;
  }
}
