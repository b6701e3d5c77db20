/** Node loads modules otherwise than vitest does, so each case runs in a Node of its own choosing: this one, as a child. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Outcome {
  readonly parameters?: Record<string, unknown>;
  readonly description?: string;
  readonly effect?: string;
  readonly parses?: boolean;
  readonly error?: string;
}

const HEAD = "import { defineTool, ToolError } from 'durable-agents';\nimport { z } from 'zod';\n";
const tool = (rest: string): string => `${HEAD}export default defineTool({ description: 'd', ${rest} });\n`;
const GOOD = tool(
  "effect: 'ReadOnly', parameters: z.object({ city: z.string(), unit: z.enum(['C', 'F']).default('C') }), execute: async ({ city }: { city: string }) => city",
);

const CASES = {
  good: ['weather.ts', GOOD],
  javascript: [
    'weather.js',
    tool("parameters: { type: 'object', properties: { a: {} } }, execute() { return 1; }"),
  ],
  enumeration: ['bad.ts', `${HEAD}\nenum Unit { C, F }\nexport default 1;\n`],
  brokenTypeScript: ['bad.ts', 'const a: number = 1;\nconst b = ;\n'],
  brokenJavaScript: ['bad.js', 'const a = 1;\n\nconst b = ;\n'],
  missingPackage: ['bad.ts', "import x from 'left-pad';\nexport default x;\n"],
  missingExport: [
    'bad.ts',
    "import z from 'zod';\nimport { nope } from 'durable-agents';\nexport default nope;\n",
  ],
  throwing: ['bad.ts', "\n\nthrow new Error('boom\\nsecond line');\n"],
  noDefault: ['bad.ts', 'export const a = 1;\n'],
  notATool: ['bad.ts', 'export default { description: "d" };\n'],
  noDescription: ['bad.js', `${HEAD}export default defineTool({ parameters: {}, execute() {} });\n`],
  noExecute: ['bad.js', tool('parameters: {}')],
  badEffect: ['bad.js', tool("effect: 'Maybe', parameters: {}, execute() {}")],
  unspeakable: ['bad.ts', tool('parameters: z.object({ at: z.date() }), execute() {}')],
  badName: ['bad.py', 'x'],
} as const satisfies Record<string, readonly [file: string, source: string]>;

const SCRIPT = `
const { writeModule, importModule } = await import(process.argv[1]);
const outcomes = {};
for (const [name, [file, source]] of Object.entries(JSON.parse(process.argv[3]))) {
  try {
    const { definition, parameters, parse } = await importModule(await writeModule(process.argv[2], { file, source }));
    const { description, effect } = definition;
    outcomes[name] = { description, effect, parameters, parses: parse !== undefined };
  } catch (error) {
    outcomes[name] = { error: error.message };
  }
}
console.log(JSON.stringify(outcomes));
`;

async function load(directory: string, cases: object): Promise<Record<string, Outcome>> {
  const modules = new URL('./modules.ts', import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    SCRIPT,
    modules,
    directory,
    JSON.stringify(cases),
  ]);
  return JSON.parse(stdout) as Record<string, Outcome>;
}

/** Beneath the package, as MODULES_DIRECTORY is in the image. */
const inside = path.join(import.meta.dirname, '..', 'dist', `modules-test-${process.pid}`);
let outside: string;
let outcomes: Record<string, Outcome>;

beforeAll(async () => {
  await mkdir(inside, { recursive: true });
  outside = await mkdtemp(path.join(tmpdir(), 'modules-'));
  outcomes = await load(inside, CASES);
});
afterAll(async () => {
  await rm(inside, { recursive: true });
  await rm(outside, { recursive: true });
});

describe('a module', () => {
  it('in TypeScript with zod is loaded', () => {
    expect(outcomes['good']).toEqual({
      description: 'd',
      effect: 'ReadOnly',
      parses: true,
      parameters: expect.objectContaining({
        type: 'object',
        properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['C', 'F'], default: 'C' } },
        required: ['city'],
      }),
    });
  });

  it('in JavaScript with a JSON Schema is loaded', () => {
    expect(outcomes['javascript']).toMatchObject({
      parses: false,
      parameters: { type: 'object', properties: { a: {} } },
    });
  });

  it('finds durable-agents and zod wherever it is in the image', async () => {
    expect(await load(outside, { good: CASES.good })).toMatchObject({
      good: { description: 'd', parses: true },
    });
  });

  it.each<[keyof typeof CASES, RegExp]>([
    [
      'enumeration',
      /^bad\.ts, line 4: TypeScript enum is not supported in strip-only mode \(Node removes types/,
    ],
    ['brokenTypeScript', /^bad\.ts, line 2: Expression expected$/],
    ['brokenJavaScript', /^bad\.js, line 3: Unexpected token ';'$/],
    ['missingPackage', /^bad\.ts: Cannot find package 'left-pad' .* bake the module into an image\)$/],
    [
      'missingExport',
      /^bad\.ts, line 2: The requested module 'durable-agents' does not provide an export named 'nope'$/,
    ],
    ['throwing', /^bad\.ts, line 3: boom$/],
    ['noDefault', /^bad\.ts has no default export: write "export default defineTool/],
    ['notATool', /^the default export of bad\.ts is not a tool: make it with defineTool/],
    ['noDescription', /^bad\.js: description must be a text$/],
    ['noExecute', /^bad\.js: execute must be a function$/],
    ['badEffect', /^bad\.js: effect must be ReadOnly, Idempotent, Once, not "Maybe"$/],
    ['unspeakable', /^bad\.ts: parameters has no JSON Schema, which the model needs: Date/],
    ['badName', /^"bad\.py" is no name for a module/],
  ])('is refused with the place and the reason: %s', (name, message) => {
    expect(outcomes[name]?.error).toMatch(message);
  });
});
