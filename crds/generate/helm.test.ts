import { expect, test } from 'vitest';
import { helmTemplate } from './helm.ts';

test('wraps the CRDs, keeps them on uninstall and escapes delimiters of templates', () => {
  const text = helmTemplate([
    'kind: A\nmetadata:\n  name: a\ntext: say {{ name }}\n',
    'kind: B\nmetadata:\n  name: b\n',
  ]);
  expect(text).toContain(
    '{{- if .Values.crds.install }}\nkind: A\nmetadata:\n  annotations:\n    helm.sh/resource-policy: keep\n  name: a\n',
  );
  expect(text).toContain('text: say {{ "{{" }} name {{ "}}" }}\n---\nkind: B\n');
  expect(text.endsWith('  name: b\n{{- end }}\n')).toBe(true);
});

test('refuses a document it cannot annotate', () => {
  expect(() => helmTemplate(['kind: A\n'])).toThrow('without metadata');
});
