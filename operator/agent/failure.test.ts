import { describe, expect, it } from 'vitest';
import { failureOf } from '../kube/failure.ts';
import type { Executed } from './execute.ts';
import { namespaceIsGoing } from './failure.ts';

const refused = (message: string): Executed => ({
  done: [],
  failure: {
    action: { kind: 'setFinalizers', finalizers: [] },
    error: failureOf('apply Deployment shop/a', 403, JSON.stringify({ message }), undefined),
  },
});

describe('namespaceIsGoing', () => {
  // The text of k8s.io/apiserver 1.36, plugin/namespace/lifecycle.
  const going =
    'deployments.apps "a" is forbidden: unable to create new content in namespace shop because it is being terminated';

  it.each([
    [going, true],
    ['deployments.apps "a" is forbidden: exceeded quota: pods', false],
    ['deployments.apps is forbidden: User "operator" cannot patch resource', false],
  ])('%s: %s', (message, expected) => expect(namespaceIsGoing(refused(message))).toBe(expected));
});
