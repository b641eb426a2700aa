/** Upper bounds of a histogram's buckets. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 4, 8, 16, 32, 64];

class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  add(value: number): void {
    this.#sum += value;
    this.#count += 1;
    this.#bounds.forEach((bound, i) => {
      if (value <= bound) this.#counts[i]! += 1;
    });
  }

  lines(name: string): string[] {
    const buckets = this.#bounds.map((bound, i) => `${name}_bucket{le="${bound}"} ${this.#counts[i]!}`);
    return [
      ...buckets,
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${this.#count}`,
    ];
  }
}

/** What is true at the moment. */
export interface Gauges {
  readonly connections: number;
  readonly queued: number;
  readonly heldBytes: number;
}

const told = (name: string, type: string, help: string, lines: readonly string[]): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...lines,
];

/** Counts what a server does. */
export class Metrics {
  readonly #requests = new Map<number, number>();
  readonly #seconds = new Histogram(SECONDS);
  readonly #batchSeconds = new Histogram(SECONDS);
  readonly #batchSizes = new Histogram(SIZES);
  #images = 0;

  request(status: number, seconds: number): void {
    this.#requests.set(status, (this.#requests.get(status) ?? 0) + 1);
    this.#seconds.add(seconds);
  }

  batch(images: number, seconds: number): void {
    this.#images += images;
    this.#batchSizes.add(images);
    this.#batchSeconds.add(seconds);
  }

  text(gauges: Gauges): string {
    return `${[...this.#counted(), ...gaugesText(gauges)].join('\n')}\n`;
  }

  #counted(): string[] {
    const statuses = [...this.#requests].sort(([a], [b]) => a - b);
    const requests = statuses.map(
      ([status, count]) => `understory_requests_total{status="${status}"} ${count}`,
    );
    const histogram = (name: string, help: string, of: Histogram): string[] =>
      told(name, 'histogram', help, of.lines(name));
    return [
      ...told('understory_requests_total', 'counter', 'Requests to /predict by status.', requests),
      ...told('understory_images_total', 'counter', 'Images computed.', [
        `understory_images_total ${this.#images}`,
      ]),
      ...histogram('understory_request_seconds', 'From the headers to the answer.', this.#seconds),
      ...histogram('understory_batch_seconds', 'Computing a batch.', this.#batchSeconds),
      ...histogram('understory_batch_images', 'Images of a batch.', this.#batchSizes),
    ];
  }
}

const gaugesText = ({ connections, queued, heldBytes }: Gauges): string[] => {
  const gauge = (name: string, help: string, value: number): string[] =>
    told(name, 'gauge', help, [`${name} ${value}`]);
  return [
    ...gauge('understory_connections', 'Open connections.', connections),
    ...gauge('understory_queued_images', 'Images that wait or are computed.', queued),
    ...gauge('understory_held_bytes', 'Bytes of bodies in memory.', heldBytes),
    ...gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage().rss),
  ];
};
