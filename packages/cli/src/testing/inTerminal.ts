import { spawn, spawnSync } from 'node:child_process';
import { bin } from './understory.ts';

/** Runs a program in a pseudo-terminal, types an answer at each question (a line that ends in "] "), and ends with its exit code. */
const PTY = `
import fcntl, os, pty, re, struct, sys, termios
columns, answers, command = int(sys.argv[1]), sys.argv[2].split('|'), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    sys.stdin.readline()  # until the terminal has its width
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
os.write(terminal, b'\\n')
asked = b''
while True:
    try:
        told = os.read(terminal, 65536)
    except OSError:
        break
    if not told:
        break
    sys.stdout.buffer.write(told)
    asked += told
    if answers and re.search(rb'\\] (\\x1b\\[[0-9;]*[A-Za-z])*$', asked):
        os.write(terminal, answers.pop(0).encode() + b'\\r')
        asked = b''
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

/** Whether this machine has what gives a program a terminal. */
export const hasTerminals =
  spawnSync('python3', ['-c', 'import os, pty; os.waitstatus_to_exitcode']).status === 0;

export interface InTerminal {
  readonly columns: number;
  /** What is typed at questions, in their order. */
  readonly answers?: readonly string[];
  readonly cwd: string;
}

/** What the built command line shows in a terminal of its own, escape sequences and all. */
export const inTerminal = (
  args: readonly string[],
  { columns, answers = [], cwd }: InTerminal,
): Promise<{ readonly code: number | null; readonly shown: string }> => {
  const command = ['-c', PTY, String(columns), answers.join('|'), process.execPath, bin, ...args];
  const child = spawn('python3', command, {
    cwd,
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let shown = '';
  child.stdout.on('data', (text: Buffer) => (shown += text.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, shown })));
};
