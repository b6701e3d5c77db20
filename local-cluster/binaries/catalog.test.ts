import { expect, it } from 'vitest';

import { kubernetesVersionFlags, moduleDirectory, readGoMod, serverModules } from './catalog.ts';

it('stamps Kubernetes with the version its go.mod pins', () => {
  expect(kubernetesVersionFlags('require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)')).toBe(
    '-X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36',
  );
  expect(() => kubernetesVersionFlags('module x')).toThrow('go.mod');
});

it('requires every package it builds, and names the folder by the go.mod alone', () => {
  for (const module of serverModules) {
    const goMod = readGoMod(module);
    for (const path of Object.values(module.packages))
      expect(goMod).toContain(`\t${path.split('/cmd/')[0]} `);
    expect(moduleDirectory(module, goMod)).toBe(moduleDirectory(module));
    expect(moduleDirectory(module, `${goMod} `)).not.toBe(moduleDirectory(module));
  }
});
