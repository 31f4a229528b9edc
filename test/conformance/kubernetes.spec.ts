import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Config } from '../../src/config/config.js';
import { readEnv, variables } from '../../src/config/env.js';
import { readConfig } from '../../src/config/read-config.js';
import { Cluster, containersOf, wantedBy, type Workload } from '../support/kubernetes/cluster.js';
import { kubectlMissing, render } from '../support/kubernetes/kubectl.js';
import { kustomizationOf, kustomizationsBelow, manifestsOf, resourcesOf } from '../support/kubernetes/kustomization.js';
import { label, type Manifest } from '../support/kubernetes/manifest.js';
import { schemaErrors } from '../support/kubernetes/schema-errors.js';

const root = join(__dirname, '../..');
const folder = join(root, 'deploy/kubernetes');
const production = join(folder, 'production');
const components = ['native-tls', 'service-monitor'].map((name) => join(folder, 'components', name));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** What the processes in the pods know that is no name of ours. */
const OF_NODE = ['NODE_OPTIONS', 'UV_THREADPOOL_SIZE'];

/** What `Secret parlance` holds; POSTGRES_PASSWORD is for the PostgreSQL beside. */
const SECRETS = {
  DATABASE_URL: 'postgresql://somebody:secret@somewhere/parlance',
  JWT_SECRET: 'a secret of more than thirty-two bytes',
  NATS_USER: 'parlance',
  NATS_PASSWORD: 'secret',
};

/** How long a server gives itself beyond its drain, ms; src/main.ts keeps it to itself. */
const STOP_MS = Number(
  /STOP_MS = ([\d_]+);/.exec(readFileSync(join(root, 'src/main.ts'), 'utf8'))?.[1]?.replaceAll('_', ''),
);

/** Connections to PostgreSQL that a server has beside its pool and its writers. */
const MORE_CONNECTIONS = 2;

const BYTES_PER_CONNECTION = 7_800;

const missing = kubectlMissing();
if (missing !== undefined) console.warn(`deploy/kubernetes is not rendered, nor its patches checked: ${missing}.`);

/** What is applied to which cluster. */
const clusters: [string, () => Manifest[]][] =
  missing === undefined
    ? [
        ['deploy/kubernetes', () => render(folder)],
        ['deploy/kubernetes/one-node', () => render(join(folder, 'one-node'))],
        ['deploy/kubernetes/production', () => render(production)],
        ['deploy/kubernetes/production with all components', () => render(production, components)],
      ]
    : [['deploy/kubernetes', () => resourcesOf(folder)]];

const filesIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap(({ name }) => (/\.(yaml|env|conf|cjs)$/.test(name) ? [name] : []));

const secondsOf = (text: string | number): number => Number(text);

function bytesOf(quantity: string | number | undefined): number {
  const [, number, unit = ''] = /^([\d.]+)(Ki|Mi|Gi)?$/.exec(String(quantity)) ?? [];
  return Number(number) * { '': 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }[unit as 'Ki'];
}

describe.each(kustomizationsBelow(folder).map((path) => relative(root, path)))('%s', (path) => {
  const here = join(root, path);
  const { resources = [], components: added = [], configMapGenerator = [], patches = [] } = kustomizationOf(here);
  const generated = configMapGenerator.flatMap(({ envs = [], files = [] }) => [...envs, ...files]);
  const patched = patches.flatMap((patch) => patch.path ?? []);

  it('names nothing that is not there', () => {
    const named = [...resources, ...added, ...generated, ...patched];
    expect(named.filter((name) => !existsSync(join(here, name)))).toEqual([]);
  });

  it('leaves out no file of its folder', () => {
    const known = ['kustomization.yaml', 'secrets.example.yaml', ...resources, ...generated, ...patched];
    expect(filesIn(here).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has resources that fit the schemas of Kubernetes', async () => {
    const files = filesIn(here).filter((name) => resources.includes(name) || name === 'secrets.example.yaml');
    const manifests = files.flatMap((name) => manifestsOf(join(here, name)));
    expect(await schemaErrors(manifests)).toEqual([]);
  });
});

describe('schemaErrors', () => {
  it('sees what is wrong, what is missing and what there is not', async () => {
    const good = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'good' }, spec: { ports: [{ port: 1 }] } };
    const errors = await schemaErrors([
      good,
      { ...good, metadata: { name: 'wrong' }, spec: { ports: [{ port: 'http' }] } } as Manifest,
      { ...good, metadata: { name: 'unknown' }, spec: { prots: [] } } as Manifest,
      { ...good, kind: 'Servise', metadata: { name: 'misspelt' } },
    ]);
    expect(errors.join('\n')).toMatch(/Service wrong.*\n.*no Servise in v1[^]*prots/);
    expect(errors.join('\n')).not.toContain('good');
  });
});

describe.each(clusters)('a cluster with %s', (_name, applied) => {
  let cluster: Cluster;
  let config: Config;
  let server: Workload;

  beforeAll(() => {
    cluster = new Cluster(applied());
    server = cluster.workload('parlance');
    config = readConfig(readEnv({ NODE_ENV: 'production', ...SECRETS, ...cluster.environment(server) }));
  });

  it('gets what fits the schemas of Kubernetes', async () => {
    expect(await schemaErrors(cluster.manifests)).toEqual([]);
  });

  it('has it all in one namespace, which keeps to the strictest standard for pods', () => {
    const { metadata } = cluster.one('Namespace', 'parlance');
    expect(metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const elsewhere = cluster.manifests.filter((one) => (one.metadata.namespace ?? 'parlance') !== 'parlance');
    expect(elsewhere.map(label)).toEqual([]);
  });

  describe('the servers', () => {
    it('know every name that they are told, and are content with the values', () => {
      const strangers = Object.keys(cluster.environment(server)).filter((name) => !OF_NODE.includes(name));
      expect(strangers.filter((name) => !variables.some((known) => known === name))).toEqual([]);
      expect(config.database).toMatchObject({ runMigrations: false, dataDir: '/data' });
      expect(config.bus.nats?.servers).toHaveLength(1);
    });

    it('are called as their pods are', () => {
      const env = server.pod.containers[0]?.env ?? [];
      expect(env.find(({ name }) => name === 'SERVER_NAME')?.valueFrom?.fieldRef?.fieldPath).toBe('metadata.name');
    });

    it('have time to drain before they are killed', () => {
      const [, pause = ''] = server.pod.containers[0]?.lifecycle?.preStop?.exec?.command ?? [];
      const neededMs = secondsOf(pause) * 1_000 + config.drain.delayMs + config.drain.durationMs + STOP_MS;
      expect(server.pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(neededMs / 1_000 + 10);
    });

    it('are told to go when nobody is sent to them any more', () => {
      const [, pause = ''] = server.pod.containers[0]?.lifecycle?.preStop?.exec?.command ?? [];
      expect(secondsOf(pause) * 1_000 + config.drain.delayMs).toBeGreaterThanOrEqual(5_000);
    });

    it('are asked whether they are ready for longer than they may take to answer', () => {
      const { readinessProbe, livenessProbe, startupProbe } = server.pod.containers[0] ?? {};
      expect((readinessProbe?.timeoutSeconds ?? 1) * 1_000).toBeGreaterThan(config.server.readyTimeoutMs);
      expect(readinessProbe?.httpGet?.path).toBe('/health/ready');
      expect([livenessProbe?.httpGet?.path, startupProbe?.httpGet?.path]).toEqual(['/health/live', '/health/live']);
    });

    it('are asked in the language that they speak', () => {
      const { readinessProbe, livenessProbe, startupProbe } = server.pod.containers[0] ?? {};
      const schemes = [readinessProbe, livenessProbe, startupProbe].map((probe) => probe?.httpGet?.scheme ?? 'HTTP');
      expect(new Set(schemes)).toEqual(new Set([config.server.tls ? 'HTTPS' : 'HTTP']));
    });

    it('listen where they are looked for', () => {
      expect(server.pod.containers[0]?.ports?.[0]?.containerPort).toBe(config.server.port);
    });

    it('have memory for as many connections as they take, and leave V8 less than all of it', () => {
      const { requests = {}, limits = {} } = server.pod.containers[0]?.resources ?? {};
      expect(config.server.maxConnections * BYTES_PER_CONNECTION).toBeLessThan(bytesOf(requests.memory) / 2);
      const [, megabytes] = /--max-old-space-size=(\d+)/.exec(cluster.environment(server).NODE_OPTIONS ?? '') ?? [];
      expect(Number(megabytes) * 1024 ** 2).toBeLessThan(bytesOf(limits.memory) * 0.7);
    });

    it('read and write one folder together', () => {
      const [volume] = server.pod.volumes?.filter(({ name }) => name === 'files') ?? [];
      expect(volume?.persistentVolumeClaim?.claimName).toBe('parlance-files');
      const mount = server.pod.containers[0]?.volumeMounts?.find(({ name }) => name === 'files');
      expect(mount?.mountPath).toBe(config.database.dataDir);
    });

    it('find their certificates where these are mounted', () => {
      const { tls } = config.server;
      const files = [tls?.certFile, tls?.keyFile, config.bus.nats?.tls?.caFile].filter((file) => file !== undefined);
      const mounts = server.pod.containers[0]?.volumeMounts?.map(({ mountPath }) => `${mountPath}/`) ?? [];
      expect(files.filter((file) => !mounts.some((mount) => file.startsWith(mount)))).toEqual([]);
    });

    it('come before others go, one at a time, on different nodes', () => {
      const { spec } = cluster.one('Deployment', 'parlance');
      expect(spec?.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
      expect(spec?.minReadySeconds).toBeGreaterThan(1);
      expect(server.pod.affinity?.podAntiAffinity).toBeDefined();
    });
  });

  describe('the autoscaler', () => {
    it('owns the number of servers, of which there are two at least, and counts connections', () => {
      const { spec } = cluster.one('HorizontalPodAutoscaler', 'parlance');
      const target = cluster.one('Deployment', spec?.scaleTargetRef.name ?? '');
      expect(target.spec?.replicas).toBeUndefined();
      expect(spec?.minReplicas).toBeGreaterThanOrEqual(2);
      const pods = spec?.metrics?.find(({ type }) => type === 'Pods')?.pods;
      expect(pods?.metric.name).toBe('parlance_connections');
      expect(Number(pods?.target.averageValue)).toBeLessThan(config.server.maxConnections);
    });

    it('goes down slower than up', () => {
      const { scaleUp, scaleDown } = cluster.one('HorizontalPodAutoscaler', 'parlance').spec?.behavior ?? {};
      const down = scaleDown?.stabilizationWindowSeconds ?? 0;
      expect(down).toBeGreaterThan((scaleUp?.stabilizationWindowSeconds ?? 0) * 10);
      expect(scaleDown?.policies).toEqual([{ type: 'Pods', value: 1, periodSeconds: expect.any(Number) as number }]);
    });

    it('makes no more servers than PostgreSQL has connections for', () => {
      if (!cluster.names('StatefulSet').includes('postgres')) return;
      const { args = [] } = cluster.workload('postgres').pod.containers[0] ?? {};
      const room = Number(/max_connections=(\d+)/.exec(args.join(' '))?.[1]);
      const servers = (cluster.one('HorizontalPodAutoscaler', 'parlance').spec?.maxReplicas ?? Infinity) + 1;
      expect(servers * (config.database.poolSize + config.database.writers + MORE_CONNECTIONS)).toBeLessThan(room);
    });
  });

  it('keeps a server, and of several NATS servers most, when nodes are emptied', () => {
    for (const { metadata, spec } of cluster.all('PodDisruptionBudget')) {
      expect(cluster.selected(spec?.selector?.matchLabels).map(({ name }) => name)).toEqual([metadata?.name]);
      expect(spec?.maxUnavailable).toBe(1);
    }
    const several = cluster.all('StatefulSet').filter(({ spec }) => (spec?.replicas ?? 1) > 1);
    expect(cluster.names('PodDisruptionBudget')).toEqual(
      expect.arrayContaining(['parlance', ...several.map(({ metadata }) => metadata?.name)]),
    );
  });

  describe('the migration', () => {
    it('is told what the servers are told, and goes away by itself', () => {
      const { spec } = cluster.one('Job', 'parlance-migration');
      const [container] = spec?.template.spec?.containers ?? [];
      expect(container?.command).toEqual(['node', 'dist/cli/migrate.js']);
      expect(existsSync(join(root, 'src/cli/migrate.ts'))).toBe(true);
      expect(container?.envFrom).toEqual(server.pod.containers[0]?.envFrom);
      expect(spec?.ttlSecondsAfterFinished).toBeGreaterThan(0);
    });
  });

  describe('every pod', () => {
    it('runs as somebody, on a file system that it cannot write, with no right to anything', () => {
      expect(cluster.workloads.length).toBeGreaterThan(2);
      for (const workload of cluster.workloads) {
        const { securityContext } = workload.pod;
        expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        expect(securityContext?.runAsUser).toBeGreaterThan(0);
        for (const container of containersOf(workload)) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
        }
      }
    });

    it('has no token for the API server, but the one that makes secrets', () => {
      const withToken = cluster.workloads.filter(({ pod }) => pod.automountServiceAccountToken !== false);
      const makers = cluster.workloads.filter(({ name }) => name === 'parlance-secrets');
      expect(withToken).toEqual(makers);
      for (const { pod } of makers) expect(cluster.names('ServiceAccount')).toContain(pod.serviceAccountName);
    });

    it('says what it needs, and how much memory it may have', () => {
      const resources = cluster.workloads.flatMap(containersOf).map((container) => container.resources);
      for (const { requests, limits } of resources.map((one) => one ?? {})) {
        expect(Object.keys(requests ?? {})).toEqual(['cpu', 'memory']);
        expect(bytesOf(limits?.memory)).toBeGreaterThanOrEqual(bytesOf(requests?.memory));
      }
    });

    it('finds its configuration, its volumes and its secrets', () => {
      const example = manifestsOf(join(production, 'secrets.example.yaml')).map(({ metadata }) => metadata.name);
      const made = cluster.names('Job').includes('parlance-secrets') ? ['parlance'] : example;
      for (const workload of cluster.workloads) {
        const { ConfigMap, PersistentVolumeClaim, Secret } = wantedBy(workload);
        expect(cluster.names('ConfigMap')).toEqual(expect.arrayContaining(ConfigMap));
        expect(cluster.names('PersistentVolumeClaim')).toEqual(expect.arrayContaining(PersistentVolumeClaim));
        expect(made).toEqual(expect.arrayContaining(Secret));
      }
    });

    it('is selected by what runs it', () => {
      for (const { metadata, spec } of [...cluster.all('Deployment'), ...cluster.all('StatefulSet')]) {
        expect(cluster.selected(spec?.selector.matchLabels).map(({ name }) => name)).toEqual([metadata?.name]);
      }
    });

    it('keeps away from its like, and not from others', () => {
      for (const { name, pod } of cluster.workloads) {
        const { preferredDuringSchedulingIgnoredDuringExecution: soft = [], ...rest } =
          pod.affinity?.podAntiAffinity ?? {};
        const hard = rest.requiredDuringSchedulingIgnoredDuringExecution ?? [];
        const terms = [...soft.map(({ podAffinityTerm }) => podAffinityTerm), ...hard];
        for (const { labelSelector } of [...terms, ...(pod.topologySpreadConstraints ?? [])]) {
          expect(cluster.selected(labelSelector?.matchLabels).map((one) => one.name)).toEqual([name]);
        }
      }
    });
  });

  it('has services that lead to ports of pods', () => {
    for (const { spec } of cluster.all('Service')) {
      const selected = cluster.selected(spec?.selector);
      expect(selected).toHaveLength(1);
      const ports = selected.flatMap(containersOf).flatMap(({ ports: all = [] }) => all.map(({ name }) => name));
      for (const { targetPort } of spec?.ports ?? []) expect(ports).toContain(targetPort);
    }
    for (const { spec } of cluster.all('StatefulSet')) {
      expect(cluster.one('Service', spec?.serviceName ?? '').spec?.clusterIP).toBe('None');
    }
  });

  it('answers probes at ports that there are', () => {
    for (const container of cluster.workloads.flatMap(containersOf)) {
      const ports = (container.ports ?? []).map(({ name }) => name);
      const { startupProbe, readinessProbe, livenessProbe } = container;
      const asked = [startupProbe, readinessProbe, livenessProbe].flatMap((probe) => probe?.httpGet?.port ?? []);
      expect(ports).toEqual(expect.arrayContaining(asked));
    }
  });

  it('has an Ingress, if any, that leads to the servers by every way but the one to their metrics', () => {
    for (const { spec } of cluster.all('Ingress')) {
      const paths = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
      expect(paths.map(({ path }) => path)).toEqual(['/messaging', '/ws', '/client', '/api', '/admin', '/docs']);
      for (const { backend } of paths) {
        const ports = cluster.one('Service', backend.service?.name ?? '').spec?.ports ?? [];
        expect(ports.map(({ name }) => name)).toContain(backend.service?.port?.name);
      }
      expect(config.server.trustedProxies).not.toEqual([]);
    }
  });

  describe('the network', () => {
    it('is closed unless somebody says otherwise', () => {
      const { spec } = cluster.one('NetworkPolicy', 'nobody');
      expect(spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    });

    it('lets those in whom somebody lets out, at ports that are listened to', () => {
      for (const { metadata, spec } of cluster.all('NetworkPolicy')) {
        const targets = cluster.selected(spec?.podSelector.matchLabels);
        expect(`${metadata?.name}: ${targets.length}`).not.toBe(`${metadata?.name}: 0`);
        const listened = targets
          .flatMap(containersOf)
          .flatMap(({ ports = [] }) => ports.map((one) => one.containerPort));
        const open = (spec?.ingress ?? []).flatMap(({ ports = [] }) => ports.map(({ port }) => port));
        expect(listened).toEqual(expect.arrayContaining(open));
      }
    });

    it('brings the servers to NATS and PostgreSQL, and nobody else', () => {
      const comers = (name: string, port: number): string[] =>
        cluster
          .all('NetworkPolicy')
          .filter(({ spec }) => cluster.selected(spec?.podSelector.matchLabels).some((one) => one.name === name))
          .flatMap(({ spec }) => spec?.ingress ?? [])
          .filter(({ ports = [] }) => ports.some((one) => one.port === port))
          .flatMap(({ from = [] }) => from.flatMap((one) => cluster.selected(one.podSelector?.matchLabels)))
          .map((one) => one.name);
      const goers = (port: number): string[] =>
        cluster
          .all('NetworkPolicy')
          .filter(({ spec }) => spec?.egress?.some(({ ports = [] }) => ports.some((one) => one.port === port)))
          .flatMap(({ spec }) => cluster.selected(spec?.podSelector.matchLabels).map((one) => one.name));
      expect([comers('nats', 4222), goers(4222)]).toEqual([['parlance'], ['parlance']]);
      expect(goers(5432)).toEqual(['parlance', 'parlance-migration']);
      if (!cluster.names('StatefulSet').includes('postgres')) return;
      expect(comers('postgres', 5432)).toEqual(['parlance', 'parlance-migration']);
    });
  });

  it('runs images of versions that are named', () => {
    const images = cluster.workloads.flatMap(containersOf).map(({ image = '' }) => image);
    expect(images.filter((image) => image.endsWith(':latest'))).toEqual([]);
    const ours = images.filter((image) => /(^|\/)parlance(:|$)/.test(image));
    expect(ours.length).toBeGreaterThan(1);
    if (missing === undefined)
      for (const image of ours) expect(image).toMatch(new RegExp(`:${version.replaceAll('.', '\\.')}$`));
  });
});
