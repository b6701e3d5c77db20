import type { KubeObject, ResourceType } from '../kube/port.ts';
import type { DesiredObject } from './desired/desired-object.ts';

/** One write. A plan is a list of these, in the order they are to be made. */
export type Action =
  | { readonly kind: 'setFinalizers'; readonly finalizers: readonly string[] }
  | { readonly kind: 'apply'; readonly type: ResourceType; readonly object: DesiredObject }
  /** Exactly the object seen: by its uid. */
  | { readonly kind: 'delete'; readonly type: ResourceType; readonly name: string; readonly uid: string }
  | { readonly kind: 'setCurrentVersion'; readonly buildID: string; readonly conflictToken: Uint8Array }
  | { readonly kind: 'deleteTemporalVersion'; readonly buildID: string }
  | { readonly kind: 'deleteWorkerDeployment' };

/** For messages: `apply Deployment a-0123`. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'setFinalizers':
      return 'set the finalizer';
    case 'apply':
      return `apply ${action.type.kind} ${action.object.metadata.name}`;
    case 'delete':
      return `delete ${action.type.kind} ${action.name}`;
    case 'setCurrentVersion':
      return `make version ${action.buildID} current in Temporal`;
    case 'deleteTemporalVersion':
      return `delete version ${action.buildID} in Temporal`;
    case 'deleteWorkerDeployment':
      return 'delete the worker deployment in Temporal';
  }
}

export function deletion(type: ResourceType, object: KubeObject | undefined): readonly Action[] {
  // An object on its way out is left to go.
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return [];
  return [{ kind: 'delete', type, name: object.metadata.name, uid: object.metadata.uid ?? '' }];
}
