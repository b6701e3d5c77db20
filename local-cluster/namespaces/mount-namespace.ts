import type { ClusterPaths } from '../paths.ts';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Runs in a fresh mount namespace and gives the servers their own /run, /var/lib and /var/log, kept in the cluster's
 * state folder. Why: kubelet, containerd and CNI have paths no option moves (/var/lib/kubelet/device-plugins,
 * /run/containerd/s, /var/lib/cni/results, /var/log/containers), so two clusters on one machine would share them; and
 * every mount a pod ever needed dies with the namespace, even after kill -9 of all that would have unmounted it.
 *
 * `visible` folders that lie below a covered one are mounted back in the place they have on the machine.
 */
export function mountScript(paths: ClusterPaths, visible: readonly string[]): string {
  const covers = [
    { target: '/run', source: paths.system.run },
    { target: '/var/lib', source: paths.system.varLib },
    { target: '/var/log', source: paths.system.varLog },
  ];
  const lines: string[] = [];
  for (const { target, source } of covers) {
    lines.push(`mkdir -p ${quote(source)}`);
    for (const folder of visible.filter((path) => path.startsWith(`${target}/`))) {
      const inside = source + folder.slice(target.length);
      lines.push(`mkdir -p ${quote(inside)}`, `mount --bind ${quote(folder)} ${quote(inside)}`);
    }
  }
  // Only once all sources are in place: covering /var/lib hides the state folder's own path.
  const ordered = [...covers].toSorted(
    (a, b) => Number(a.target === '/var/lib') - Number(b.target === '/var/lib'),
  );
  for (const { target, source } of ordered) lines.push(`mount --rbind ${quote(source)} ${target}`);
  return lines.join('\n');
}
