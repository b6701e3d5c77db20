/** What is written above generated files. */
export const GENERATED_NOTE = 'Generated from crds/v1alpha1 by `npm run generate`. Do not edit.';

/**
 * The CRDs as a template of the chart. Not in Helm's `crds/` folder: what is there is installed once and never upgraded.
 * `keep`: an uninstall must not delete every agent with its CRD.
 */
export function helmTemplate(documents: readonly string[]): string {
  const body = documents.map((document) => annotated(escapeDelimiters(document))).join('---\n');
  return `{{- /* ${GENERATED_NOTE} */ -}}\n{{- if .Values.crds.install }}\n${body}{{- end }}\n`;
}

function escapeDelimiters(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (delimiter) => `{{ "${delimiter}" }}`);
}

function annotated(document: string): string {
  const annotation = 'metadata:\n  annotations:\n    helm.sh/resource-policy: keep\n';
  if (!document.includes('\nmetadata:\n')) throw new Error('a CRD without metadata');
  return document.replace('metadata:\n', () => annotation);
}
