/**
 * What is wrong with a pattern that JavaScript and Go's RE2 must read alike; undefined when it is fine.
 * Kubernetes compiles patterns with RE2 (https://github.com/google/re2/wiki/Syntax), the TypeScript parser with V8.
 */
export function re2Problem(pattern: string): string | undefined {
  try {
    void new RegExp(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return (
    PROBLEMS.find(({ expression }) => expression.test(outsideClasses(pattern)))?.problem ??
    classProblem(pattern)
  );
}

const PROBLEMS: readonly { readonly expression: RegExp; readonly problem: string }[] = [
  { expression: /\(\?(=|!|<=|<!)/, problem: 'lookaround, which RE2 does not have' },
  { expression: /\(\?</, problem: 'named group, which old RE2 writes otherwise' },
  { expression: /\\[1-9k]/, problem: 'back reference, which RE2 does not have' },
  {
    expression: /\\[sS]/,
    problem: String.raw`\s is Unicode in JavaScript and ASCII in RE2: write the characters`,
  },
  { expression: /\\[uUpPcC]/, problem: 'escape that the two engines read differently' },
  {
    expression: /(^|[^\\])(\\\\)*\./,
    problem: '. means different line ends in the two engines: write a class',
  },
  { expression: /\{[0-9]*,?[0-9]{4,}\}/, problem: 'repetition over 1000, which RE2 refuses' },
];

function outsideClasses(pattern: string): string {
  return pattern.replaceAll(CLASS, '[]');
}

function classProblem(pattern: string): string | undefined {
  return (pattern.match(CLASS) ?? []).some((found) => /\\[sSuUpPcC]/.test(found))
    ? 'class with an escape that the two engines read differently'
    : undefined;
}

const CLASS = /\[(?:\\.|[^\]\\])*\]/g;
