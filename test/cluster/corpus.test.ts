import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { GROUP, VERSION } from '../../crds/v1alpha1/group.ts';
import type { Issue } from '../../crds/v1alpha1/parse.ts';
import { mutatedManifests } from '../corpus/mutations.ts';
import { parseManifest, readCorpus, type CorpusCase } from '../corpus/read-corpus.ts';
import { blames, kindOf, parserIssues } from '../corpus/verdict.ts';
import { eventually } from '../support/eventually.ts';
import { Kube, type Answer, type Live } from '../support/kube.ts';
import { prove } from '../support/ledger.ts';

/** Set it to the kubeconfig of any API server with the CRDs to run this file without the shared cluster. */
const kubeconfig = process.env['DURABLE_AGENTS_TEST_KUBECONFIG'] ?? inject('cluster').kubeconfig;
const NAMESPACE = 'corpus';
const PLURALS = {
  DurableAgent: 'durableagents',
  AgentRun: 'agentruns',
  TemporalConnection: 'temporalconnections',
};
/** As kubectl does: unknown fields are errors. */
const STRICT = 'fieldValidation=Strict';
const kube = new Kube(kubeconfig);

beforeAll(() => kube.createNamespace(NAMESPACE));
afterAll(() => kube.delete(`/api/v1/namespaces/${NAMESPACE}`));

test('every manifest of the corpus gets one verdict from the API server and from the parser', () =>
  prove(
    {
      id: 'corpus',
      promise:
        'A manifest is judged alike by kubectl apply and by the operator; a refusal names the field and says what to do.',
      test: 'test/cluster/corpus.test.ts',
    },
    async (figures) => {
      const corpus = readCorpus();
      const disagreements: unknown[] = [];
      for (const entry of corpus) {
        const answer = await submit(entry);
        if (!fromServer(answer, entry) || !fromParser(entry)) {
          disagreements.push({
            case: entry.name,
            status: answer.status,
            server: issuesOf(answer),
            parser: entry.manifests.map(parserIssues),
          });
        }
      }
      // Cases nobody thought of: good manifests with fields changed at random. A fixed seed, so that red is red again.
      const mutated = mutatedManifests(1_000, 1);
      for (const manifest of mutated) {
        const answer = await kube.send('POST', `${collectionOf(manifest)}?dryRun=All&${STRICT}`, manifest);
        const issues = parserIssues(manifest);
        if (answer.status < 300 !== (issues.length === 0)) {
          disagreements.push({ manifest, status: answer.status, server: issuesOf(answer), parser: issues });
        }
      }
      figures['manifests'] = corpus.length;
      figures['mutatedManifests'] = mutated.length;
      figures['refused'] = corpus.filter((entry) => entry.expect === 'refused').length;
      figures['disagreements'] = disagreements.length;
      expect(disagreements).toEqual([]);
      expect(corpus.length).toBeGreaterThanOrEqual(60);
    },
  ));

function collectionOf(manifest: string): string {
  return `/apis/${GROUP}/${VERSION}/namespaces/${NAMESPACE}/${PLURALS[kindOf(manifest)]}`;
}

/** Creates the manifest, or updates the first to the second, without keeping the result. */
async function submit(entry: CorpusCase): Promise<Answer> {
  const [first, second] = entry.manifests;
  const collection = collectionOf(first);
  if (second === undefined)
    return kube.send('POST', `${collection}?dryRun=All&${STRICT}`, first, 'application/yaml');

  // Only what exists can be updated, even in a dry run.
  const created = await kube.send('POST', `${collection}?${STRICT}`, first, 'application/yaml');
  if (created.status !== 201)
    throw new Error(`${entry.name}: the first manifest is refused: ${created.body.slice(0, 600)}`);
  const { metadata } = JSON.parse(created.body) as Live;
  const path = `${collection}/${metadata.name}`;
  try {
    return await eventually(`update of ${entry.name}`, async () => {
      // The operator may write between our read and our write.
      const live = await kube.get(path);
      const answer = await kube.send('PUT', `${path}?dryRun=All&${STRICT}`, {
        ...live,
        spec: parseManifest(second)['spec'],
      });
      return answer.status === 409 ? undefined : answer;
    });
  } finally {
    await kube.delete(path);
    await eventually(`end of ${path}`, async () => ((await kube.get(path)) === undefined ? true : undefined));
  }
}

function fromServer(answer: Answer, { expect: verdict, field, message }: CorpusCase): boolean {
  if (verdict === 'accepted') return answer.status < 300;
  return (
    (answer.status === 422 || answer.status === 400) &&
    issuesOf(answer).some((issue) => blames(issue, field, message.server))
  );
}

function fromParser({ manifests, expect: verdict, field, message }: CorpusCase): boolean {
  const issues = manifests.map(parserIssues);
  if (verdict === 'accepted' || manifests.length === 2) return issues.every((found) => found.length === 0);
  return issues[0]?.some((issue) => blames(issue, field, message.parser)) ?? false;
}

/** The API server's objections: `causes` of a 422, and what the strict decoder says in prose. */
function issuesOf(answer: Answer): readonly Issue[] {
  if (answer.status < 300) return [];
  const status = JSON.parse(answer.body) as {
    message?: string;
    details?: { causes?: readonly { field?: string; message?: string }[] };
  };
  const unknown = [...(status.message ?? '').matchAll(/unknown field "([^"]+)"/g)].map(([text, path]) => ({
    path: path ?? '',
    message: text,
  }));
  const causes = (status.details?.causes ?? []).map(({ field = '', message = '' }) => ({
    path: field,
    message,
  }));
  return [
    ...unknown,
    ...causes,
    ...(causes.length + unknown.length === 0 ? [{ path: '', message: status.message ?? '' }] : []),
  ];
}
