import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import type { Kinds, Manifest } from './manifest.js';

type Labels = Readonly<Record<string, string>>;

/** What runs pods. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Job';
  readonly name: string;
  readonly labels: Labels;
  readonly pod: IPodSpec;
  /** Names of the claims that it makes for each pod. */
  readonly claims: readonly string[];
}

/** What would be in a cluster once these are applied. */
export class Cluster {
  readonly workloads: readonly Workload[];

  constructor(readonly manifests: readonly Manifest[]) {
    this.workloads = (['Deployment', 'StatefulSet', 'Job'] as const).flatMap((kind) =>
      this.all(kind).map(({ metadata, spec }) => {
        const { template } = spec as { template: { metadata?: { labels?: Labels }; spec?: IPodSpec } };
        if (!template.spec) throw new Error(`${kind} ${metadata?.name} has no pods`);
        const templates = spec && 'volumeClaimTemplates' in spec ? (spec.volumeClaimTemplates ?? []) : [];
        return {
          kind,
          name: metadata?.name ?? '',
          labels: template.metadata?.labels ?? {},
          pod: template.spec,
          claims: templates.map((claim) => claim.metadata?.name ?? ''),
        };
      }),
    );
  }

  all<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind][] {
    return this.manifests.filter((manifest) => manifest.kind === kind) as unknown as Kinds[Kind][];
  }

  names(kind: keyof Kinds): string[] {
    return this.manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);
  }

  one<Kind extends keyof Kinds>(kind: Kind, name: string): Kinds[Kind] {
    const [found] = this.all(kind).filter(({ metadata }) => metadata?.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return found;
  }

  workload(name: string): Workload {
    const [found] = this.workloads.filter((workload) => workload.name === name);
    if (!found) throw new Error(`nothing runs that is called ${name}`);
    return found;
  }

  selected(labels: Labels | undefined): Workload[] {
    const wanted = Object.entries(labels ?? {});
    return this.workloads.filter((workload) => wanted.every(([key, value]) => workload.labels[key] === value));
  }

  /** Of the workload's first container: what it is told, by the ConfigMaps and by itself; secrets are not known. */
  environment({ pod }: Workload): Record<string, string> {
    const [container] = pod.containers;
    const maps = (container?.envFrom ?? []).flatMap(({ configMapRef }) => configMapRef?.name ?? []);
    const told = (container?.env ?? []).map(({ name, value = '' }) => [name, value] as const);
    return Object.assign(
      {},
      ...maps.map((name) => this.one('ConfigMap', name).data),
      Object.fromEntries(told),
    ) as Record<string, string>;
  }
}

export function containersOf({ pod }: Workload): readonly IContainer[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** Names of what a pod cannot start without. */
export function wantedBy({
  pod,
  claims,
}: Workload): Record<'ConfigMap' | 'Secret' | 'PersistentVolumeClaim', string[]> {
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  const volumes = pod.volumes ?? [];
  const from = containers.flatMap(({ envFrom = [] }) => envFrom);
  const values = containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom ?? []));
  const wanted = {
    ConfigMap: [from.map((one) => one.configMapRef?.name), volumes.map((one) => one.configMap?.name)],
    Secret: [
      from.map((one) => one.secretRef?.name),
      values.map((one) => one.secretKeyRef?.name),
      volumes.map((one) => one.secret?.secretName),
    ],
    PersistentVolumeClaim: [volumes.map((one) => one.persistentVolumeClaim?.claimName)],
  };
  const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  const there = [...volumes.map(({ name }) => name), ...claims];
  for (const name of mounted) if (!there.includes(name)) throw new Error(`no volume is called ${name}`);
  const only = (names: (string | undefined)[][]): string[] => names.flat().filter((name) => name !== undefined);
  return {
    ConfigMap: only(wanted.ConfigMap),
    Secret: only(wanted.Secret),
    PersistentVolumeClaim: only(wanted.PersistentVolumeClaim),
  };
}
