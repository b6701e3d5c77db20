import { API_VERSION, CATEGORY, GROUP } from '../v1alpha1/group.ts';
import type { KindDefinition } from '../v1alpha1/kinds.ts';
import { schemaOf } from './crd.ts';
import { documentedMembers, type DocumentedMember } from './doc-comments.ts';
import { fieldsOf, type Field } from './fields.ts';
import { GENERATED_NOTE } from './helm.ts';

/** TypeScript sources whose doc comments are part of the reference. */
export interface Sources {
  readonly conditions: string;
  readonly contract: string;
}

const CONSTANTS: Readonly<Record<string, { readonly conditions: string; readonly reasons: string }>> = {
  DurableAgent: { conditions: 'AGENT_CONDITIONS', reasons: 'AGENT_REASONS' },
  AgentRun: { conditions: 'RUN_CONDITIONS', reasons: 'RUN_REASONS' },
  TemporalConnection: { conditions: 'CONNECTION_CONDITIONS', reasons: 'CONNECTION_REASONS' },
};

/** docs/reference.md: every field, condition, reason and label of the API. */
export function reference(kinds: readonly KindDefinition[], sources: Sources): string {
  return [
    `<!-- ${GENERATED_NOTE} -->`,
    '# API reference',
    `Resources of \`${API_VERSION}\`. All of them: \`kubectl get ${CATEGORY}\`. The same text on a cluster: \`kubectl explain durableagent.spec.tools\`.`,
    'A manifest that breaks a rule is refused when it is applied. A field in **bold** is required wherever the field above it is set.',
    kinds.map(({ kind }) => `- [${kind}](#${kind.toLowerCase()})`).join('\n') + '\n- [Labels](#labels)',
    ...kinds.map((definition) => kindSection(definition, sources)),
    '## Labels',
    'On the objects the operator makes, for `kubectl get -l` and for dashboards.',
    table(
      ['label', 'meaning'],
      documentedMembers(sources.contract, 'LABELS').map(({ value, doc }) => [
        `\`${value.replace('${GROUP}', GROUP)}\``,
        doc === '' ? 'As recommended by Kubernetes.' : doc,
      ]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function kindSection(definition: KindDefinition, sources: Sources): string {
  const schema = schemaOf(definition);
  const constants = CONSTANTS[definition.kind];
  if (constants === undefined) throw new Error(`no conditions are known for ${definition.kind}`);
  const { spec, status } = schema.properties ?? {};
  const rules = schema['x-kubernetes-validations'] ?? [];
  return [
    `## ${definition.kind}`,
    definition.description,
    `Short name: \`${definition.shortNames.join('`, `')}\`.`,
    ...rules.map(({ message }) => `Rule: ${message}.`),
    '### Spec',
    fieldTable(fieldsOf(spec ?? {}, 'spec')),
    '### Status',
    fieldTable(fieldsOf(status ?? {}, 'status')),
    '### Conditions',
    memberTable('condition', documentedMembers(sources.conditions, constants.conditions)),
    '### Reasons',
    memberTable('reason', documentedMembers(sources.conditions, constants.reasons)),
  ].join('\n\n');
}

function fieldTable(fields: readonly Field[]): string {
  return table(
    ['field', 'type', 'description'],
    fields.map(({ path, required, type, text }) => [
      required ? `**\`${path}\`**` : `\`${path}\``,
      type,
      text,
    ]),
  );
}

function memberTable(head: string, members: readonly DocumentedMember[]): string {
  return table(
    [head, 'meaning'],
    members.map(({ value, doc }) => [`\`${value}\``, doc]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** `<name>` and `|` in a description must show as text in a Markdown table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
