export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Collects what is written to an output until it is put back. */
const collect = (stream: NodeJS.WriteStream): (() => string) => {
  const before = stream.write.bind(stream);
  let text = '';
  stream.write = (part: string | Uint8Array) => {
    text += String(part);
    return true;
  };
  return () => {
    stream.write = before;
    return text;
  };
};

/** Does work that gives an exit code: what it wrote to the process's outputs meanwhile, and that code. */
export const captureOutput = async (work: () => Promise<number>): Promise<Said> => {
  const code = process.exitCode;
  process.exitCode = undefined;
  const [stdout, stderr] = [collect(process.stdout), collect(process.stderr)];
  const began = performance.now();
  try {
    const given = await work();
    const milliseconds = performance.now() - began;
    return { code: given, stdout: stdout(), stderr: stderr(), milliseconds };
  } finally {
    stdout();
    stderr();
    process.exitCode = code;
  }
};
