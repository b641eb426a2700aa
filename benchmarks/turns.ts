import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** CPU time of the main thread in milliseconds, as Linux counts it; NaN elsewhere. */
const mainThreadCpu = (): number => {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return NaN;
  }
};

interface Longest {
  wall: number;
  cpu: number;
}

/**
 * Longest turns of the event loop in milliseconds, by the event that they went before: as the clock has it, and by the
 * CPU time that the loop's thread took, which other processes on a busy machine do not lengthen.
 */
export class Turns {
  readonly #delay = monitorEventLoopDelay({ resolution: 1 });
  readonly #longest = new Map<string, Longest>();
  #timer: NodeJS.Timeout | undefined;
  #before = NaN;
  #cpu = 0;

  start(): void {
    this.#delay.reset();
    this.#delay.enable();
    this.#before = mainThreadCpu();
    this.#timer = setInterval(() => this.#tick(), 1);
    this.#timer.unref();
  }

  stop(): void {
    this.#delay.disable();
    clearInterval(this.#timer);
  }

  note(event: string): void {
    this.#tick();
    const longest = this.#longest.get(event) ?? { wall: 0, cpu: 0 };
    this.#longest.set(event, {
      wall: Math.max(longest.wall, this.#delay.max / 1e6),
      cpu: Math.max(longest.cpu, this.#cpu),
    });
    this.#delay.reset();
    this.#cpu = 0;
  }

  text(): string {
    const one = ([event, { wall, cpu }]: [string, Longest]): string =>
      `${event} ${wall.toFixed(0)} ms (CPU ${cpu.toFixed(0)})`;
    return [...this.#longest].map(one).join(', ');
  }

  #tick(): void {
    const now = mainThreadCpu();
    if (now > this.#before) this.#cpu = Math.max(this.#cpu, now - this.#before);
    this.#before = now;
  }
}
