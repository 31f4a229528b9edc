import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { SwallowingServer } from '../support/swallowing-server.js';

const NGINX = 'nginx';
const config = readFileSync(join(__dirname, '../../deploy/proxy/nginx.conf'), 'utf8');

/** The proxy of docker-compose.yml, before servers that listen on these ports of this machine. */
class Proxy {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly origin: string,
  ) {}

  static async start([first, second]: readonly [number, number]): Promise<Proxy> {
    const folder = mkdtempSync(join(tmpdir(), 'parlance-proxy-'));
    const port = await freePort();
    const file = join(folder, 'nginx.conf');
    const text = config
      .replaceAll('parlance-1:8081', `127.0.0.1:${first}`)
      .replaceAll('parlance-2:8081', `127.0.0.1:${second}`)
      .replace('listen 8080;', `listen 127.0.0.1:${port};`)
      .replace('listen [::]:8080;', '')
      .replaceAll('/tmp/', `${folder}/`);
    writeFileSync(file, text);
    const child = spawn(NGINX, ['-c', file, '-g', 'daemon off;'], { stdio: 'ignore' });
    const proxy = new Proxy(child, folder, `http://127.0.0.1:${port}`);
    // Answered by itself: the servers are asked by the tests alone.
    await eventually(() => fetch(`${proxy.origin}/metrics`).catch(() => undefined), 'the proxy');
    return proxy;
  }

  /** One request after the other: of each what it was answered, and how long that took, ms. */
  async ask(times: number): Promise<{ status: number; ms: number }[]> {
    const answers = [];
    for (let asked = 0; asked < times; asked += 1) {
      const start = performance.now();
      const { status } = await fetch(this.origin);
      answers.push({ status, ms: performance.now() - start });
    }
    return answers;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

class Upstream {
  private constructor(private readonly server: Server) {}

  static async start(status: number): Promise<Upstream> {
    const server = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Upstream(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

const { error } = spawnSync(NGINX, ['-v']);
const tried = error ? describe.skip : describe;

tried(`the proxy${error ? ` (left out: there is no ${NGINX} on this machine, Debian's nginx-light)` : ''}`, () => {
  const started: { stop(): Promise<void> }[] = [];
  const until = <T extends { stop(): Promise<void> }>(one: T): T => {
    started.unshift(one);
    return one;
  };

  afterEach(async () => {
    for (const one of started.splice(0)) await one.stop();
  });

  it('goes past a server that swallows what it is asked, and few wait for it', async () => {
    const gone = until(await SwallowingServer.start());
    const there = until(await Upstream.start(200));
    const proxy = until(await Proxy.start([gone.port, there.port]));
    const answers = await proxy.ask(20);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const late = answers.filter(({ ms }) => ms > 150);
    expect(late.length).toBeGreaterThan(0);
    // One a second, and the first; were it asked in its turn, half of them would be.
    expect(late.length).toBeLessThan(8);
  });

  it('goes on asking both where both answer 503, and hands on what they say', async () => {
    const [first, second] = [until(await Upstream.start(503)), until(await Upstream.start(503))];
    const proxy = until(await Proxy.start([first.port, second.port]));
    const answers = await proxy.ask(20);
    expect(answers.filter(({ status }) => status !== 503)).toEqual([]);
  });
});
