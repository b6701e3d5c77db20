import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';

/** A JSON Schema (2020-12) made ready to check values. `check` returns what is wrong, for people and models; [] is fine. */
export interface SchemaCheck {
  readonly check: (value: unknown) => readonly string[];
}

/** Throws an Error that says what is wrong with the schema itself. Formats are annotations, as 2020-12 has it. */
export function compileSchema(schema: Readonly<Record<string, unknown>>): SchemaCheck {
  // One Ajv per schema: instances keep every schema ever compiled, and `$id`s of two tools must not meet.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    throw new Error(
      `not a JSON Schema (2020-12): ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return { check: (value) => (validate(value) ? [] : (validate.errors ?? []).map(describe)) };
}

function describe(error: ErrorObject): string {
  const where = error.instancePath === '' ? 'arguments' : error.instancePath.slice(1).replaceAll('/', '.');
  const extra =
    error.keyword === 'additionalProperties' ? `: ${String(error.params['additionalProperty'])}` : '';
  const allowed = error.keyword === 'enum' ? `: ${JSON.stringify(error.params['allowedValues'])}` : '';
  return `${where} ${error.message ?? error.keyword}${extra}${allowed}`;
}
