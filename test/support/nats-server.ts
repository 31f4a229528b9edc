import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

const PROGRAM = 'nats-server';

/** Why there is none on this machine; undefined where there is one. */
export function natsServerMissing(): string | undefined {
  const { error } = spawnSync(PROGRAM, ['--version']);
  return error && `there is no ${PROGRAM} on this machine (Debian's package has this name)`;
}

/** How much is kept of what it says, characters: the end says why it ends. */
const MAX_SAID = 2_000;

/** Where it listens, by what for. */
interface Ports {
  readonly cluster?: readonly string[];
  readonly monitoring?: readonly string[];
}

/** A real NATS server in a process of its own, which keeps its port over a restart. */
export class NatsServer {
  private child?: ChildProcess;
  private ports: Ports = {};

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** @param settings lines of its configuration file */
  static async start(settings = ''): Promise<NatsServer> {
    const server = new NatsServer(mkdtempSync(join(tmpdir(), 'parlance-nats-')), await freePort());
    await server.start(settings);
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Where other NATS servers find it, if its settings say so. */
  get clusterUrl(): string {
    return this.ports.cluster?.[0] ?? '';
  }

  /** Where it tells of itself, if its settings say so. */
  get monitoringUrl(): string {
    return this.ports.monitoring?.[0] ?? '';
  }

  /** After `kill`: there is one at the same place again. */
  async start(settings = ''): Promise<void> {
    const config = join(this.folder, 'nats.conf');
    writeFileSync(config, settings);
    const args = [
      '--config',
      config,
      '--addr',
      '127.0.0.1',
      '--port',
      String(this.port),
      '--ports_file_dir',
      this.folder,
    ];
    const child = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said = `${said}${data.toString()}`.slice(-MAX_SAID);
    });
    const file = join(this.folder, `${PROGRAM}_${child.pid}.ports`);
    this.ports = await eventually(() => {
      if (child.exitCode !== null) throw new Error(`${PROGRAM} ended with ${child.exitCode}:\n${said}`);
      return written(file);
    }, 'the NATS server');
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The file is there a moment before it is whole. */
function written(file: string): Ports | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  } catch {
    return undefined;
  }
}
