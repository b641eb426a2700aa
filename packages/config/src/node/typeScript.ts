let registered: Promise<unknown> | undefined;

const register = async (): Promise<void> => {
  // Node 20 cannot import TypeScript; tsx can, on every Node. It leaves other modules the same things that they are anyhow.
  const { register } = await import('tsx/esm/api');
  register();
};

/** Lets `import()` take TypeScript from now on, in the whole process. The first call takes some tenths of a second. */
export const allowTypeScript = async (): Promise<void> => {
  await (registered ??= register());
};

/** Whether a module's path or URL names TypeScript. */
export const isTypeScript = (name: string): boolean => /\.[cm]?tsx?$/.test(name);
