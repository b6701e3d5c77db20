const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * Value of a Kubernetes quantity (`250m`, `512Mi`) in thousandths, to compare two spellings of it; NaN, which equals
 * nothing, for what is none. Rounded up to a whole one as the server does when it stores a pod template (kubernetes
 * 1.36, SetDefaults_ResourceList).
 */
export function quantityOf(text: string): number {
  const match = /^([0-9]+(?:[.][0-9]+)?)(n|u|m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text);
  if (match === null) return Number.NaN;
  const value = Number(match[1]) * (FACTORS[match[2] ?? ''] ?? Number.NaN) * 1_000;
  // 12 digits take the error of binary fractions away before it is rounded up.
  return Math.ceil(Number(value.toPrecision(12)));
}
