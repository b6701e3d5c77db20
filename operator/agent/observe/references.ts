import type { DurableAgentSpec } from '../../../crds/v1alpha1/durable-agent.ts';

/** A ConfigMap or Secret of the agent's namespace that the spec names. */
export interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** undefined: the object as a whole (a Secret to pull the image with). */
  readonly key: string | undefined;
  /** Field that names it: `spec.tools[0].module.configMapKeyRef`. */
  readonly path: string;
  /** True: pods read it only when they start, so a change of the object has to roll them. */
  readonly readAtStart: boolean;
}

interface KeyReference {
  readonly name: string;
  readonly key?: string;
}

/** Every ConfigMap and Secret of `spec`, in the order a reader of the manifest meets them. Pure; repeats are kept. */
export function referencesOf(spec: DurableAgentSpec): readonly Reference[] {
  return [
    ...reference(
      'ConfigMap',
      'spec.instructionsFrom.configMapKeyRef',
      spec.instructionsFrom?.configMapKeyRef,
    ),
    ...reference('Secret', 'spec.model.apiKeySecretRef', spec.model.apiKeySecretRef),
    ...(spec.tools ?? []).flatMap((tool, index) => [
      ...(tool.http?.headersFrom ?? []).flatMap((header, at) =>
        reference('Secret', `spec.tools[${index}].http.headersFrom[${at}].secretKeyRef`, header.secretKeyRef),
      ),
      ...reference('ConfigMap', `spec.tools[${index}].module.configMapKeyRef`, tool.module?.configMapKeyRef),
    ]),
    ...(spec.worker?.env ?? []).flatMap(({ valueFrom }, index) => [
      ...reference(
        'Secret',
        `spec.worker.env[${index}].valueFrom.secretKeyRef`,
        valueFrom?.secretKeyRef,
        true,
      ),
      ...reference(
        'ConfigMap',
        `spec.worker.env[${index}].valueFrom.configMapKeyRef`,
        valueFrom?.configMapKeyRef,
        true,
      ),
    ]),
    ...(spec.worker?.podTemplate?.imagePullSecrets ?? []).flatMap((secret, index) =>
      reference('Secret', `spec.worker.podTemplate.imagePullSecrets[${index}]`, secret),
    ),
  ];
}

function reference(
  kind: Reference['kind'],
  path: string,
  target: KeyReference | undefined,
  readAtStart = false,
): readonly Reference[] {
  return target === undefined ? [] : [{ kind, name: target.name, key: target.key, path, readAtStart }];
}
