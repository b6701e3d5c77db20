import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { DurableAgent } from '../../crds/v1alpha1/kinds.ts';
import { ClusterError } from '../cluster.ts';
import { repositoryRoot } from '../paths.ts';
import type { Progress } from './progress.ts';
import { EXAMPLE_NAMESPACE, type Target } from './target.ts';
import { waitForRollout } from './wait-rollout.ts';

export const AGENT = 'twenty-questions';
export const ANSWERER = 'answerer';
export const SCRIPTED_MODEL = 'scripted-model';
const SECRET = 'openai';

/** The model the agent plays with. The key is in a Secret only; it is never printed. */
export type ModelChoice =
  | { readonly kind: 'scripted' }
  | { readonly kind: 'openai'; readonly name: string; readonly apiKey: string };

export function chooseModel(environment: Readonly<Record<string, string | undefined>>): ModelChoice {
  const apiKey = environment['OPENAI_API_KEY'] ?? '';
  if (apiKey === '') return { kind: 'scripted' };
  return { kind: 'openai', name: environment['OPENAI_MODEL'] ?? 'gpt-5-mini', apiKey };
}

interface Manifest {
  readonly kind: string;
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly object[] } } };
}

/** The example's manifests, as a reader would edit them for this cluster: the worker image, and the model. */
export function exampleManifests(workerImage: string, model: ModelChoice): readonly unknown[] {
  const folders = model.kind === 'scripted' ? ['twenty-questions', 'scripted-model'] : ['twenty-questions'];
  return folders.flatMap((folder) => {
    const path = join(repositoryRoot, 'examples', folder);
    return readdirSync(path)
      .filter((file) => file.endsWith('.yaml') && file !== 'run.yaml')
      .flatMap((file) => parseAllDocuments(readFileSync(join(path, file), 'utf8')))
      .map((document) => adapt(document.toJS() as Manifest, workerImage, model));
  });
}

function adapt(manifest: Manifest, workerImage: string, model: ModelChoice): unknown {
  if (manifest.kind === 'DurableAgent') {
    const { spec, ...rest } = manifest as unknown as DurableAgent;
    // Follow: this checkout's worker, also when the agent is there already with another.
    const worker = { ...spec.worker, imagePolicy: 'Follow' };
    const { timeouts } = spec.model;
    const real = model.kind === 'openai' && {
      model: { name: model.name, apiKeySecretRef: { name: SECRET, key: 'api-key' }, timeouts },
    };
    return { ...rest, spec: { ...spec, ...real, worker } };
  }
  const template = manifest.spec?.template;
  if (template === undefined) return manifest;
  const containers = template.spec.containers.map((container) => ({ ...container, image: workerImage }));
  return {
    ...manifest,
    spec: { ...manifest.spec, template: { ...template, spec: { ...template.spec, containers } } },
  };
}

/** Applies the example and waits until its agent serves. */
export async function applyExample(target: Target, model: ModelChoice, progress: Progress): Promise<void> {
  const { kubectl, images } = target;
  if (model.kind === 'openai') {
    await target.allowInternet('api.openai.com:443');
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET },
      stringData: { 'api-key': model.apiKey },
    };
    await kubectl.apply(EXAMPLE_NAMESPACE, [secret]);
    progress.line(`Model: ${model.name} at api.openai.com, with the key in Secret ${SECRET}`);
  } else progress.line('Model: the scripted one of examples/scripted-model (OPENAI_API_KEY is not set)');
  await kubectl.apply(EXAMPLE_NAMESPACE, exampleManifests(images.worker, model));
  progress.line('Applied examples/twenty-questions');
  for (const deployment of model.kind === 'scripted' ? [ANSWERER, SCRIPTED_MODEL] : [ANSWERER]) {
    await waitForRollout(kubectl, EXAMPLE_NAMESPACE, `deployment/${deployment}`);
  }
  await agentReady(target, progress);
}

/**
 * Ready is not enough: an operator that has just been replaced may not have looked yet. The version that is current must
 * be of this checkout's worker image.
 */
async function agentReady({ kubectl, images }: Target, progress: Progress): Promise<void> {
  const deadline = Date.now() + 180_000;
  for (let said = ''; ; await sleep(500)) {
    const { metadata, spec, status } = await kubectl.json<DurableAgent>([
      'get',
      'dagent',
      AGENT,
      '--namespace',
      EXAMPLE_NAMESPACE,
    ]);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const current = status?.versions?.find(({ buildID }) => buildID === status.currentVersion);
    const isRollout = current?.image !== images.worker || status?.currentVersion !== status?.targetVersion;
    const isCurrent = status?.observedGeneration === metadata.generation && !isRollout;
    const workers = current?.readyReplicas ?? 0;
    if (ready?.status === 'True' && isCurrent && workers >= (spec.worker?.replicas ?? 1)) {
      progress.line(`Agent ${AGENT} is Ready: ${workers} workers poll as version ${status?.currentVersion}`);
      return;
    }
    const now = ready === undefined ? 'no status yet' : `${ready.reason}: ${ready.message}`;
    if (now !== said && ready?.status !== 'True') progress.line(`Agent ${AGENT}: ${now}`);
    said = now;
    if (Date.now() > deadline) {
      throw new ClusterError(
        `Agent ${AGENT} is not Ready after 3 minutes (${now}).\nLook: kubectl describe dagent ${AGENT}`,
      );
    }
  }
}
