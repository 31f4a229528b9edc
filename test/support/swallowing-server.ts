import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** More than wait for a program that listens for one. */
const WAITING = 4;

const LISTEN = `require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, function () {
  process.stdout.write(String(this.address().port));
})`;

/** An address that neither takes connections nor refuses them, as one on the network that nobody has any more. */
export class SwallowingServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly waiting: readonly Socket[],
    readonly port: number,
  ) {}

  static async start(): Promise<SwallowingServer> {
    const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [data] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(data.toString());
    // It takes nobody in any more, and the line before it is full.
    child.kill('SIGSTOP');
    const waiting = Array.from({ length: WAITING }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    if (waiting[0]) await once(waiting[0], 'connect');
    return new SwallowingServer(child, waiting, port);
  }

  async stop(): Promise<void> {
    for (const socket of this.waiting) socket.destroy();
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
