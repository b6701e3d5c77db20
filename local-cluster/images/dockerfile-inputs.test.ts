import { expect, it } from 'vitest';

import { dockerfileInputs } from './dockerfile-inputs.ts';

const dockerfile = `
# syntax=docker/dockerfile:1
ARG NODE_IMAGE=docker.io/library/node:24
FROM --platform=linux/amd64 \${NODE_IMAGE} AS dependencies
COPY package.json package-lock.json ./
RUN --mount=type=bind,source=.npmrc,target=/x --mount=type=secret,id=ca npm ci
FROM dependencies AS build-operator
COPY --chown=1:1 crds/ ./crds
COPY ["operator", \\
  "/app/operator"]
FROM \${NODE_IMAGE} AS operator
COPY --from=build-operator /app/dist /app
FROM dependencies AS worker
COPY ./worker-image crds ./
`;

it('gives each target the files of the stages it reaches', () => {
  const common = ['.npmrc', 'package-lock.json', 'package.json'];
  expect(dockerfileInputs(dockerfile, 'operator')).toEqual([
    ...common.slice(0, 1),
    'crds/',
    'operator',
    ...common.slice(1),
  ]);
  expect(dockerfileInputs(dockerfile, 'worker')).toEqual([
    '.npmrc',
    'crds',
    'package-lock.json',
    'package.json',
    'worker-image',
  ]);
  expect(dockerfileInputs(dockerfile)).toEqual(dockerfileInputs(dockerfile, 'worker'));
});

it('knows the whole context as such, and an unknown target', () => {
  expect(dockerfileInputs('FROM x\nCOPY . /app')).toEqual(['.']);
  expect(() => dockerfileInputs('FROM x', 'nope')).toThrow('nope');
});
