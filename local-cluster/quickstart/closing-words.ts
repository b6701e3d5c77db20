import { AGENT } from './example.ts';
import type { Progress } from './progress.ts';
import { EXAMPLE_NAMESPACE, RELEASE, SYSTEM_NAMESPACE, type Target } from './target.ts';

/** Where to look next: every line can be copied. */
export async function sayWhereToLook(target: Target, progress: Progress): Promise<void> {
  const service = (name: string, port: number): Promise<string> =>
    target.forwardsStay
      ? target.forward(SYSTEM_NAMESPACE, name, port).then((address) => `http://${address}`)
      : Promise.resolve(`http://127.0.0.1:${port}`);
  const through = (name: string, port: number): string =>
    target.forwardsStay
      ? ''
      : `   after: kubectl ${target.kubectlFlags.join(' ')} -n ${SYSTEM_NAMESPACE} port-forward service/${name} ${port}`;
  const [temporal, operator] = [`${RELEASE}-temporal`, `${RELEASE}-operator`];
  const lines = [
    'Look around:',
    `  ${target.kubectlHint}`,
    `  kubectl -n ${EXAMPLE_NAMESPACE} get dagent,arun`,
    `  Temporal   ${await service(temporal, 8233)}${through(temporal, 8233)}`,
    `  metrics    ${await service(operator, 8080)}/metrics${through(operator, 8080)}`,
    'Next:',
    `  kubectl apply -f examples/twenty-questions/run.yaml     another game; then: kubectl get arun first-game -o wide --watch`,
    `  kubectl edit dagent ${AGENT}               a new version: open runs finish on theirs, new ones take the new`,
    `  kubectl explain durableagent.spec.tools                 what else a tool can be`,
    'Remove everything:',
    ...target.tearDown.map((command) => `  ${command}`),
  ];
  for (const line of lines) progress.line(line);
}
