import { describe, expect, test } from 'vitest';
import { readCorpus } from './corpus/read-corpus.ts';
import { blames, kindOf, KINDS, parserIssues } from './corpus/verdict.ts';

/** The other half, the API server's verdict on the same manifests, is test/cluster/corpus.test.ts. */
describe('corpus, as the TypeScript parser sees it', () => {
  const corpus = readCorpus();
  const refused = corpus.filter(
    ({ manifests, expect: verdict }) => manifests.length === 1 && verdict === 'refused',
  );
  // Of an update the parser sees one version at a time; what may change is the API server's part.
  const accepted = corpus.filter((entry) => !refused.includes(entry));

  test('has cases of both verdicts for every kind', () => {
    for (const kind of KINDS) {
      const cases = corpus.filter(({ manifests }) => kindOf(manifests[0]) === kind);
      expect(cases.filter((entry) => entry.expect === 'accepted').length, kind).toBeGreaterThan(2);
      expect(cases.filter((entry) => entry.expect === 'refused').length, kind).toBeGreaterThan(5);
    }
  });

  test.each(accepted)('$name is accepted', ({ manifests }) => {
    for (const manifest of manifests) expect(parserIssues(manifest)).toEqual([]);
  });

  test.each(refused)('$name is refused', ({ manifests, field, message }) => {
    const issues = parserIssues(manifests[0]);
    expect(
      issues.some((issue) => blames(issue, field, message.parser)),
      JSON.stringify(issues),
    ).toBe(true);
  });
});
