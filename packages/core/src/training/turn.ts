const later: (work: () => void) => unknown =
  typeof setImmediate === 'function' ? setImmediate : (work) => setTimeout(work);

/**
 * Lets the event loop do all that waits for it. Twice round: what came in while it was held up is seen at the second time,
 * where this is called from within a turn that looked already.
 */
export const turn = (): Promise<void> => new Promise((resolve) => void later(() => later(resolve)));
