import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { IIngress, INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type {
  IConfigMap,
  INamespace,
  IPersistentVolumeClaim,
  ISecret,
  IService,
  IServiceAccount,
} from 'kubernetes-models/v1';

/** Anything that is applied to a cluster. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
}

/** The kinds that something here is said of. */
export interface Kinds {
  readonly Deployment: IDeployment;
  readonly StatefulSet: IStatefulSet;
  readonly Job: IJob;
  readonly Service: IService;
  readonly Namespace: INamespace;
  readonly ConfigMap: IConfigMap;
  readonly Secret: ISecret;
  readonly ServiceAccount: IServiceAccount;
  readonly PersistentVolumeClaim: IPersistentVolumeClaim;
  readonly PodDisruptionBudget: IPodDisruptionBudget;
  readonly HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  readonly NetworkPolicy: INetworkPolicy;
  readonly Ingress: IIngress;
}

export function label({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}
