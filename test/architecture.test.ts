import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Files that decide: data in, data out. */
const PURE = /^operator\/(agent\/(plan|status|desired)\/|run\/(plan|status|transitions|finding)\.ts$)/;

/**
 * Who may import what. Folders are trust boundaries (ARCHITECTURE.md): this table is the authority, and `breaks` is a
 * file that must be objected to, so that every rule is seen failing.
 *
 * `files` and `except` match paths in the repository. `only` and `never` match what is imported: a path in the
 * repository, a package, `node:…`. Tests beside sources may use what they need (`tests: true` binds them too).
 */
const IMPORTS: readonly ImportRule[] = [
  {
    rule: 'the API imports zod and node:crypto, so that operator and worker can share it',
    files: /^crds\/v1alpha1\//,
    only: [/^zod$/, /^node:crypto$/, /^crds\/v1alpha1\//],
    breaks: { path: 'crds/v1alpha1/tool.ts', text: `import { parse } from 'yaml';` },
  },
  {
    rule: 'what workflow code loads of the API imports nothing',
    files: /^crds\/v1alpha1\/run-protocol\.ts$/,
    only: [],
    breaks: { path: 'crds/v1alpha1/run-protocol.ts', text: `import { GROUP } from './group.ts';` },
  },
  {
    rule: 'Ajv is in one place',
    files: /^(crds|operator|worker-image|local-cluster|scripts)\//,
    except: /^crds\/json-schema\.ts$/,
    never: [/^ajv(\/|$)/],
    breaks: { path: 'worker-image/tool-schema.ts', text: `import { Ajv } from 'ajv';` },
  },
  {
    rule: 'the generator reads the API and writes YAML, nothing else',
    files: /^crds\/generate\//,
    only: [/^crds\//, /^zod$/, /^yaml$/, /^node:fs\/promises$/],
    breaks: {
      path: 'crds/generate/crd.ts',
      text: `import { DEPLOYMENTS } from '../../operator/kube/resource-types.ts';`,
    },
  },
  {
    rule: 'the operator does not know the worker',
    files: /^(operator|crds)\//,
    never: [/^(worker-image|local-cluster|test|examples|scripts)\//],
    tests: true,
    breaks: {
      path: 'operator/agent/plan.ts',
      text: `import type { RunPlan } from '../../worker-image/workflows/protocol.ts';`,
    },
  },
  {
    rule: 'the worker does not know the operator',
    files: /^worker-image\//,
    never: [/^(operator|local-cluster|test|examples|scripts)\//],
    tests: true,
    breaks: { path: 'worker-image/main.ts', text: `import { RetryableError } from '../operator/errors.ts';` },
  },
  {
    rule: 'the local cluster knows neither: it runs whatever images it is given',
    files: /^local-cluster\//,
    // The quickstart is a user of the product; it reads the API.
    except: /^local-cluster\/quickstart(\/|\.ts$)/,
    never: [/^(operator|worker-image|crds|test)\//],
    breaks: { path: 'local-cluster/cli.ts', text: `import { GROUP } from '../crds/v1alpha1/group.ts';` },
  },
  {
    rule: 'examples are what a reader could write: they use the public package only',
    files: /^examples\//,
    never: [/^(operator|worker-image|local-cluster|test)\//],
    breaks: {
      path: 'examples/tool.ts',
      text: `import { defineTool } from '../worker-image/define-tool.ts';`,
    },
  },
  {
    rule: 'one file holds the Kubernetes client',
    files: /^(operator|worker-image|crds|local-cluster|scripts)\//,
    except: /^operator\/kube\/credentials\.ts$/,
    never: [/^@kubernetes\/client-node/],
    breaks: {
      path: 'operator/kube/client.ts',
      text: `import { KubeConfig } from '@kubernetes/client-node';`,
    },
  },
  {
    rule: "Temporal's client is behind the port of operator/temporal",
    files: /^(operator|crds|local-cluster)\//,
    except: /^(operator\/temporal\/|local-cluster\/quickstart(\/|\.ts$))/,
    never: [/^@temporalio\//],
    breaks: { path: 'operator/agent/observe.ts', text: `import { Client } from '@temporalio/client';` },
  },
  {
    rule: 'the operator talks to Temporal as a client: no worker code in it',
    files: /^operator\//,
    never: [/^@temporalio\/(worker|workflow|activity)/],
    breaks: { path: 'operator/temporal/runs.ts', text: `import { Worker } from '@temporalio/worker';` },
  },
  {
    rule: 'one file of the worker holds a Temporal client',
    files: /^worker-image\//,
    except: /^worker-image\/ask-run\.ts$/,
    never: [/^@temporalio\/(client|proto)/],
    breaks: { path: 'worker-image/main.ts', text: `import { Client } from '@temporalio/client';` },
  },
  {
    rule: 'one file holds the OpenAI client',
    files: /^(operator|worker-image|crds|local-cluster|scripts)\//,
    except: /^worker-image\/activities\/chat-completions\.ts$/,
    never: [/^openai(\/|$)/],
    breaks: { path: 'worker-image/activities/model-call.ts', text: `import OpenAI from 'openai';` },
  },
  {
    rule: 'workflow code is sandboxed: the workflow SDK, siblings, types of the API and its run protocol',
    files: /^worker-image\/workflows\//,
    only: [/^@temporalio\/workflow$/, /^worker-image\/workflows\//, /^crds\/v1alpha1\/run-protocol\.ts$/],
    typesToo: [/^crds\/v1alpha1\//],
    breaks: {
      path: 'worker-image/workflows/machine.ts',
      text: `import { tool } from '../../crds/v1alpha1/tool.ts';`,
    },
  },
  {
    rule: 'the agent loop is a pure machine: not even the workflow SDK',
    files: /^worker-image\/workflows\/(machine|machine-state|protocol)\.ts$/,
    only: [/^worker-image\/workflows\//, /^crds\/v1alpha1\/run-protocol\.ts$/],
    typesToo: [/^crds\/v1alpha1\//],
    breaks: {
      path: 'worker-image/workflows/machine.ts',
      text: `import { sleep } from '@temporalio/workflow';`,
    },
  },
  {
    rule: 'activities know nothing of how the worker is put together',
    files: /^worker-image\/activities\//,
    never: [
      /^@temporalio\/(worker|workflow|client)/,
      /^worker-image\/(main|runtime|config|http-server)\.ts$/,
    ],
    breaks: {
      path: 'worker-image/activities/model-call.ts',
      text: `import { Worker } from '@temporalio/worker';`,
    },
  },
  {
    rule: 'the engine knows no agent: it would run any controller',
    files: /^operator\/engine\//,
    only: [
      /^operator\/(engine\/|errors\.ts$)/,
      /^operator\/kube\/(port|resource-types)\.ts$/,
      /^node:(timers|timers\/promises|crypto|os)$/,
    ],
    breaks: { path: 'operator/engine/controller.ts', text: `import { plan } from '../agent/plan.ts';` },
  },
  {
    rule: 'adapters know no agent either',
    files: /^operator\/(kube|temporal)\//,
    never: [/^operator\/(agent|run|connection|sampler|telemetry)\//],
    breaks: { path: 'operator/kube/client.ts', text: `import { plan } from '../agent/plan.ts';` },
  },
  {
    rule: 'what decides gets no client, no clock, no logger',
    files: PURE,
    // Hashing and path arithmetic decide nothing by themselves.
    never: [
      /^node:(?!crypto$|path$)/,
      /^pino$/,
      /^prom-client$/,
      /^@/,
      /^operator\/(kube\/(?!port\.ts$|resource-types\.ts$)|temporal\/(?!port\.ts$)|telemetry\/|http\/|engine\/)/,
      /^operator\/agent\/(observe\/observe|execute|reconcile)\.ts$/,
    ],
    typesToo: [/^operator\//],
    breaks: { path: 'operator/agent/desired/deployment.ts', text: `import { hostname } from 'node:os';` },
  },
  {
    rule: 'logging and metrics libraries stay in their files',
    files: /^(operator|worker-image|crds)\//,
    except: /^(operator\/telemetry\/(log|metrics)|worker-image\/(logging|metrics|http-server))\.ts$/,
    never: [/^pino$/, /^prom-client$/],
    breaks: { path: 'operator/agent/execute.ts', text: `import { pino } from 'pino';` },
  },
];

/** What no source file may look like. */
const SHAPES: readonly ShapeRule[] = [
  {
    rule: 'no file is longer than 400 lines',
    files: /./,
    broken: ({ text }) => text.split('\n').length > 401,
    breaks: { path: 'operator/long.ts', text: '\n'.repeat(401) },
  },
  {
    rule: 'a file has the name of the one concept in it',
    files: /./,
    broken: ({ path }) => /(^|\/)(utils?|helpers?|misc|shared)(\/|\.|-)/.test(path),
    breaks: { path: 'operator/string-things/utils.ts', text: '' },
  },
  {
    rule: 'names are kebab-case',
    files: /./,
    broken: ({ path }) => !/^[a-z0-9./-]+$/.test(path),
    breaks: { path: 'operator/agentPlan.ts', text: '' },
  },
  {
    rule: 'no barrels: a name has one path',
    files: /./,
    // The one door of a folder that the quickstart and the tests use as a library.
    except: /^local-cluster\/cluster\.ts$/,
    broken: ({ path, text }) =>
      /(^|\/)index\.ts$/.test(path) || /^export (\*|type \*|\{[^}]*\}|type \{[^}]*\}) from /m.test(text),
    breaks: { path: 'operator/agent/all.ts', text: `export * from './plan.ts';` },
  },
  {
    rule: 'what decides does not look at the clock and throws no dice',
    files: PURE,
    broken: ({ text }) =>
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(UUID|Bytes|Int)\b|\bperformance\./.test(text),
    breaks: { path: 'operator/agent/plan/plan.ts', text: 'const now = Date.now();' },
  },
];

interface SourceFile {
  /** Relative to the repository, with /. */
  readonly path: string;
  readonly text: string;
}

interface Rule {
  readonly rule: string;
  readonly files: RegExp;
  readonly except?: RegExp;
  readonly breaks: SourceFile;
}

interface ShapeRule extends Rule {
  readonly broken: (file: SourceFile) => boolean;
}

interface ImportRule extends Rule {
  readonly only?: readonly RegExp[];
  readonly never?: readonly RegExp[];
  /** May be imported as well, as `import type`. */
  readonly typesToo?: readonly RegExp[];
  readonly tests?: true;
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['crds', 'operator', 'worker-image', 'local-cluster', 'examples', 'test', 'scripts'];

function sourceFiles(): readonly SourceFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(ROOT, folder, name), 'utf8') })),
  );
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\bfrom\s+)?'([^']+)'/gm;
const CALL = /\b(?:import|require)\(\s*'([^']+)'/g;

function importsOf({ path, text }: SourceFile): readonly Import[] {
  const resolve = (target = '') => (target.startsWith('.') ? join(dirname(path), target) : target);
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, target]) => ({
      target: resolve(target),
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(CALL)].map(([, target]) => ({ target: resolve(target), typeOnly: false })),
  ];
}

const isTest = ({ path }: SourceFile) => /\.test\.ts$|\/testing\//.test(path);

function applies({ files, except }: Rule, { path }: SourceFile): boolean {
  return files.test(path) && except?.test(path) !== true;
}

function brokenImports(rule: ImportRule, file: SourceFile): readonly string[] {
  if (!applies(rule, file)) return [];
  if (isTest(file) && rule.tests !== true) return [];
  const matches = (patterns: readonly RegExp[] | undefined, target: string) =>
    patterns?.some((pattern) => pattern.test(target)) ?? false;
  return importsOf(file)
    .filter(({ target, typeOnly }) => {
      if (typeOnly && matches(rule.typesToo, target)) return false;
      return matches(rule.never, target) || (rule.only !== undefined && !matches(rule.only, target));
    })
    .map(({ target }) => `${file.path} imports ${target}`);
}

function brokenShape(rule: ShapeRule, file: SourceFile): readonly string[] {
  return applies(rule, file) && rule.broken(file) ? [file.path] : [];
}

describe('architecture', () => {
  const files = sourceFiles();

  test.each(IMPORTS)('$rule', (rule) => {
    expect(brokenImports(rule, rule.breaks), 'a file that breaks the rule is found').toHaveLength(1);
    expect(files.flatMap((file) => brokenImports(rule, file))).toEqual([]);
  });

  test.each(SHAPES)('$rule', (rule) => {
    expect(brokenShape(rule, rule.breaks), 'a file that breaks the rule is found').toHaveLength(1);
    expect(files.flatMap((file) => brokenShape(rule, file))).toEqual([]);
  });

  test('reads every form of an import', () => {
    const text = [
      `import a from 'a';`,
      `import type { B } from 'b';`,
      `import {\n  c,\n  type C,\n} from './c.ts';`,
      `import 'd';`,
      `export { e } from '../e.ts';`,
      `const f = await import('f');`,
      `const prose = "how to import from 'nowhere'";`,
    ].join('\n');
    expect(importsOf({ path: 'operator/agent/x.ts', text })).toEqual([
      { target: 'a', typeOnly: false },
      { target: 'b', typeOnly: true },
      { target: 'operator/agent/c.ts', typeOnly: false },
      { target: 'd', typeOnly: false },
      { target: 'operator/e.ts', typeOnly: false },
      { target: 'f', typeOnly: false },
    ]);
  });
});
