import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { KINDS } from '../v1alpha1/kinds.ts';
import { chartValuesSchema } from './chart-values.ts';
import { crdOf } from './crd.ts';
import { GENERATED_NOTE, helmTemplate } from './helm.ts';
import { reference } from './reference.ts';

export interface Output {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Every generated file, in memory. `root` is the repository: doc comments are read from its sources. */
export async function outputs(root: URL): Promise<readonly Output[]> {
  const documents = KINDS.toSorted((a, b) => (a.plural < b.plural ? -1 : 1)).map((definition) =>
    // No aliases: kubectl reads them, reviewers do not. Long lines as they are: folding differs between yaml versions.
    stringify(crdOf(definition), { aliasDuplicateObjects: false, lineWidth: 0 }),
  );
  const [conditions, contract] = await Promise.all(
    ['crds/v1alpha1/conditions.ts', 'crds/v1alpha1/contract.ts'].map((path) =>
      readFile(new URL(path, root), 'utf8'),
    ),
  );
  return [
    { path: 'crds/durableagents.dev.yaml', text: `# ${GENERATED_NOTE}\n${documents.join('---\n')}` },
    { path: 'charts/durable-agents/templates/crds.yaml', text: helmTemplate(documents) },
    { path: 'charts/durable-agents/values.schema.json', text: chartValuesSchema() },
    {
      path: 'docs/reference.md',
      text: reference(KINDS, { conditions: conditions ?? '', contract: contract ?? '' }),
    },
  ];
}
