import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from './eventually.js';

const DIST = join(__dirname, '..', '..', 'dist');

export interface Surroundings {
  /** The working directory; there may be a `.env` in it. */
  readonly cwd: string;
  /** All of the environment but the way to programs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A built program of ours in a process of its own, as somebody would start it from a terminal. */
export class Program {
  /** What it has printed so far, on both ways. */
  output = '';
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private static readonly running = new Set<Program>();

  /** @param name the file below `dist`, without its ending */
  constructor(name: string, args: readonly string[], { cwd, env = {} }: Surroundings) {
    this.child = spawn(process.execPath, [join(DIST, `${name}.js`), ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (data: Buffer): void => {
      this.output += data.toString();
    };
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        Program.running.delete(this);
        resolve(code);
      });
    });
    Program.running.add(this);
  }

  /** For the end of a test that may have failed in the middle. Gently, as a database may hang on it. */
  static async endAll(): Promise<void> {
    await Promise.all([...Program.running].map((program) => program.signal('SIGTERM')));
  }

  /** Waits until it has printed that. */
  async says(text: string): Promise<void> {
    await eventually(() => {
      if (this.output.includes(text)) return true;
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}: ${this.output}`);
      return undefined;
    }, `"${text}"`);
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(name);
    return this.ended;
  }
}
