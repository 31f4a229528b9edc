import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Config } from '../../src/config/config.js';
import { readEnv, variables } from '../../src/config/env.js';
import { readConfig } from '../../src/config/read-config.js';
import { Cluster, containersOf } from '../support/kubernetes/cluster.js';
import { resourcesOf } from '../support/kubernetes/kustomization.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Record<string, string>;
  readonly depends_on?: Record<string, unknown>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: { readonly default?: { readonly ipv4_address?: string } };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
}

interface ComposeFile {
  readonly services: Record<string, Service>;
  readonly volumes?: Record<string, unknown>;
}

const NGINX = 'nginx';
const root = join(__dirname, '../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** As compose would read it with nothing set but the secret: `${NAME:-default}` is its default. */
function composeFile(path: string): ComposeFile {
  const text = textOf(path).replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  const secret = text.replace(/\$\{\w+:\?[^}]*\}/g, 'a secret of more than thirty-two bytes');
  return parse(secret, { merge: true }) as ComposeFile;
}

const { services, volumes = {} } = composeFile('docker-compose.yml');
const nginx = textOf('deploy/proxy/nginx.conf');
const servers = Object.entries(services).filter(([, { build }]) => build !== undefined);
const proxy = services.proxy ?? {};

/** Of a directive of nginx, all that stands behind it. */
const directives = (name: string): string[] =>
  [...nginx.matchAll(new RegExp(`^\\s*${name}\\s+(.*);`, 'gm'))].map(([, value = '']) => value);

describe('docker-compose.yml', () => {
  it('has two servers that differ in their names and addresses only', () => {
    const [first, second] = servers.map(([, service]) => service);
    expect(servers.map(([name, { environment }]) => [name, environment?.SERVER_NAME])).toEqual([
      ['parlance-1', 'parlance-1'],
      ['parlance-2', 'parlance-2'],
    ]);
    expect({ ...first, networks: {}, environment: { ...first?.environment, SERVER_NAME: '' } }).toEqual({
      ...second,
      networks: {},
      environment: { ...second?.environment, SERVER_NAME: '' },
    });
  });

  describe.each(servers)('%s', (_name, service) => {
    const { environment = {} } = service;
    let config: Config;

    beforeAll(() => {
      config = readConfig(readEnv({ NODE_ENV: 'production', ...environment }));
    });

    it('knows every name that it is told', () => {
      const strangers = Object.keys(environment).filter((name) => !variables.some((known) => known === name));
      expect(strangers).toEqual([]);
    });

    it('finds its database, NATS and the proxy that it believes', () => {
      expect(Object.keys(services)).toContain(new URL(config.database.url ?? '').hostname);
      expect(config.bus.nats?.servers).toEqual(['nats://nats:4222']);
      expect(Object.keys(service.depends_on ?? {})).toEqual(['database', 'nats']);
      expect(config.server.trustedProxies).toEqual([`${proxy.networks?.default?.ipv4_address}/32`]);
    });

    it('has time to drain before it is killed', () => {
      const { delayMs, durationMs } = config.drain;
      expect(delayMs).toBeGreaterThan(0);
      expect(Number.parseInt(service.stop_grace_period ?? '0') * 1_000).toBeGreaterThan(delayMs + durationMs + 10_000);
    });

    it('shares the folder of the files, and can write nothing else', () => {
      expect(service.volumes).toEqual(['files:/data']);
      expect(volumes).toHaveProperty('files');
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    });
  });

  it('has one port, the proxy’s', () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name, { ports }]) => [name, ports])).toEqual([['proxy', ['8081:8080']]]);
    expect(directives('listen')).toEqual(['8080', '[::]:8080']);
  });

  it('gives all but the database to an ordinary user, on a file system that it cannot write', () => {
    for (const name of ['proxy', 'nats']) {
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(Number.parseInt(services[name]?.user ?? '0')).toBeGreaterThan(0);
    }
  });

  it('runs what runs on Kubernetes', () => {
    const cluster = new Cluster(resourcesOf(join(root, 'deploy/kubernetes')));
    const images = cluster.workloads.flatMap(containersOf).map(({ image }) => image);
    expect(images).toEqual(expect.arrayContaining([services.nats?.image, services.database?.image]));
  });

  it('gives every service an address of its own in the network', () => {
    const addresses = Object.values(services).flatMap(({ networks }) => networks?.default?.ipv4_address ?? []);
    expect(new Set(addresses).size).toBe(3);
  });
});

describe('the proxy', () => {
  it('leads to both servers', () => {
    const both = ['parlance-1:8081', 'parlance-2:8081'];
    const [backups, first] = [true, false].map((isBackup) =>
      directives('server').filter((text) => text.includes('backup') === isBackup),
    );
    expect(first?.map((text) => text.split(' ')[0])).toEqual(both);
    expect(backups).toEqual(both.map((server) => `${server} backup max_fails=0`));
    expect(nginx).toContain('least_conn;');
  });

  it('goes on to the other one where one refuses, and is patient with silence', () => {
    expect(directives('proxy_next_upstream')).toEqual(['error timeout http_503']);
    expect(directives('proxy_read_timeout')).toEqual(['1h']);
  });

  it('tells who asks, and does not pass on what somebody claims', () => {
    expect(directives('proxy_set_header')).toContain('X-Forwarded-For $remote_addr');
  });

  it('mounts files that there are', () => {
    const { services: withTls } = composeFile('deploy/proxy/docker-compose.tls.yml');
    const mounted = [...(proxy.volumes ?? []), ...(withTls.proxy?.volumes ?? [])].flatMap((text) =>
      text.startsWith('./') ? [text.split(':')] : [],
    );
    expect(mounted.map(([path = '']) => existsSync(join(root, path)))).toEqual([true, true]);
    expect(mounted.map(([, target]) => target)).toEqual(['/etc/nginx/nginx.conf', '/etc/nginx/listen.d/tls.conf']);
    expect(directives('include')).toEqual(['/etc/nginx/listen.d/*.conf']);
    expect(withTls.proxy?.ports).toEqual(['8443:8443']);
  });

  const { error } = spawnSync(NGINX, ['-v']);
  if (error)
    console.warn("deploy/proxy/nginx.conf is not tried: there is no nginx on this machine (Debian's nginx-light).");

  (error ? it.skip : it)('is understood by nginx', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlance-nginx-'));
    try {
      const file = join(folder, 'nginx.conf');
      // The names are those of the network that compose makes.
      writeFileSync(file, nginx.replaceAll(/parlance-[12]:/g, '127.0.0.1:').replaceAll('/tmp/', `${folder}/`));
      const { status, stderr } = spawnSync(NGINX, ['-t', '-q', '-c', file], { encoding: 'utf8' });
      expect({ status, stderr }).toMatchObject({ status: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('docker compose', () => {
  const command = [['docker-compose'], ['docker', 'compose']].find(
    ([program = '', ...args]) => spawnSync(program, [...args, 'version']).status === 0,
  );
  if (!command)
    console.warn('docker-compose.yml is not read by what it is for: there is no docker-compose on this machine.');

  (command ? it : it.skip)('understands the files, and refuses to start without a secret', () => {
    const [program = '', ...args] = command ?? [];
    const run = (env: Record<string, string>): number | null =>
      spawnSync(
        program,
        [...args, '-f', 'docker-compose.yml', '-f', 'deploy/proxy/docker-compose.tls.yml', 'config', '--quiet'],
        { cwd: root, env: { PATH: process.env.PATH, ...env } },
      ).status;
    expect(run({ JWT_SECRET: 'secret', TLS_DIR: '/tls' })).toBe(0);
    expect(run({ TLS_DIR: '/tls' })).not.toBe(0);
  });
});

describe('Dockerfile', () => {
  const dockerfile = textOf('Dockerfile');

  it('leaves out the embedded PostgreSQL, and not the native parts of others, which are optional packages too', () => {
    expect(dockerfile).not.toContain('--omit=optional');
    const { packages } = JSON.parse(textOf('package-lock.json')) as {
      packages: Record<string, { optional?: boolean }>;
    };
    const left = /rm -r (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
    for (const path of left) {
      const within = Object.entries(packages).filter(([name]) => name === path || name.startsWith(`${path}/`));
      expect(within.length).toBeGreaterThan(0);
      expect(within.every(([, { optional }]) => optional)).toBe(true);
    }
    expect(packages['node_modules/@node-rs/argon2-linux-x64-gnu']?.optional).toBe(true);
  });

  it('is run by a user who is nobody, whom Kubernetes knows by the same number', () => {
    const { pod } = new Cluster(resourcesOf(join(root, 'deploy/kubernetes'))).workload('parlance');
    expect(/^USER (\d+):(\d+)$/m.exec(dockerfile)?.slice(1).map(Number)).toEqual([
      pod.securityContext?.runAsUser,
      pod.securityContext?.runAsGroup,
    ]);
  });
});
