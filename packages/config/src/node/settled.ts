/** Seconds after which a module that still waits for something is given up. */
const PATIENCE = 60;

/**
 * What a promise gives, or `failure()` thrown where it never will: where nothing is left in the process that could settle
 * it (Node would end without a word), or a minute has passed: machines are slow at times.
 */
export const settled = async <T>(promise: Promise<T>, failure: () => Error): Promise<T> => {
  let release = (): void => undefined;
  const never = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(failure());
    const timer = setTimeout(stop, PATIENCE * 1000).unref();
    process.once('beforeExit', stop);
    release = () => {
      clearTimeout(timer);
      process.off('beforeExit', stop);
    };
  });
  try {
    return await Promise.race([promise, never]);
  } finally {
    release();
  }
};
