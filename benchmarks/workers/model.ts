/** A link between neighbours in a ring. */
export interface Link {
  /** Seconds before the first byte of a message arrives. */
  readonly latency: number;
  /** Bytes a second. */
  readonly bandwidth: number;
}

/** Seconds of a ring's sum of so many bytes over so many workers: 2(n − 1) messages of bytes / n each, one after the other. */
export const ringSeconds = (bytes: number, workers: number, { latency, bandwidth }: Link): number =>
  workers === 1 ? 0 : 2 * (workers - 1) * (latency + bytes / workers / bandwidth);

/**
 * The same by playing every message: each worker sends a chunk to the next one as soon as it has it and its link is free. `speeds`: how
 * much slower each worker's link is; all alike where absent.
 */
export const simulateRing = (
  bytes: number,
  workers: number,
  { latency, bandwidth }: Link,
  slower: readonly number[] = [],
): number => {
  const ready = Array.from({ length: workers }, () => 0);
  const free = Array.from({ length: workers }, () => 0);
  for (let round = 0; round < 2 * (workers - 1); round++) {
    const arrived = ready.map((time, i) => {
      const start = Math.max(time, free[i]!);
      const sent = start + (bytes / workers / bandwidth) * (slower[i] ?? 1);
      free[i] = sent;
      return sent + latency;
    });
    // A worker goes on when it has what the one before it sent, and has sent its own.
    arrived.forEach((time, i) => {
      const next = (i + 1) % workers;
      ready[next] = Math.max(ready[next]!, time);
    });
  }
  return workers === 1 ? 0 : Math.max(...ready);
};

/**
 * CPU time of a step of all workers together: of what they compute (`own`: their images, the rows of all that each contrasts, the update of all
 * weights that each makes) and of their sums. On a machine with fewer cores than workers the step lasts that, divided by the cores.
 */
export const sharedCpu = ({ own, sums }: Readonly<Record<'own' | 'sums', number>>): number => own + sums;

export interface Job {
  /** Bytes of all gradients. */
  readonly gradients: number;
  /** Bytes that travel at once. */
  readonly bucket: number;
  /** Seconds of one worker for its own images, forward and backward, and the share of it that is backward. */
  readonly compute: number;
  readonly backward: number;
  /** Embeddings that are contrasted: rows of one worker (views counted), numbers a row, and how many taps have such. */
  readonly rows: number;
  readonly width: number;
  readonly taps: number;
  /** Products a second of one worker, for similarities. */
  readonly flops: number;
}

export interface Cost {
  readonly compute: number;
  /** Of the gradients' sums, what the backward pass does not hide. */
  readonly gradients: number;
  /** Of gathering embeddings and of their gradients' way back: nothing hides it, since the loss waits. */
  readonly gather: number;
  /** Of similarities of all rows with all, which every worker computes. */
  readonly contrast: number;
  readonly step: number;
}

/** Seconds until all buckets are summed: each begins when its gradients are there and the one before has gone. */
const gradientsDone = (
  { gradients, bucket, compute, backward }: Job,
  sum: (bytes: number) => number,
): number => {
  const count = Math.max(1, Math.ceil(gradients / bucket));
  let end = 0;
  for (let i = 0; i < count; i++) {
    const there = compute * (1 - backward + (backward * (i + 1)) / count);
    end = Math.max(end, there) + sum(Math.min(bucket, gradients - i * bucket));
  }
  return end;
};

/** What a step of so many workers costs. The batch of a worker stays: the global one grows with them. */
export const stepCost = (job: Job, workers: number, link: Link): Cost => {
  const { compute, rows, width, taps, flops } = job;
  const all = rows * workers;
  const own = rows * rows;
  const sum = (bytes: number): number => ringSeconds(bytes, workers, link);
  const gather = workers === 1 ? 0 : taps * 2 * sum(4 * all * width);
  const contrast = (taps * 6 * width * (all * all - own)) / flops;
  const gradients = gradientsDone(job, sum) - compute;
  return { compute, gradients, gather, contrast, step: compute + gradients + gather + contrast };
};
