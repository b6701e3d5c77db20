import { compileSchema } from '../../../crds/json-schema.ts';
import { snapshot as schema } from '../../../crds/v1alpha1/snapshot.ts';
import { runPlanOf } from '../../run-plan.ts';
import type { LoadedAgent, LoadedTool } from '../../snapshot.ts';
import { parametersOf } from '../../tool-schema.ts';
import type { LoadedModule } from '../../modules.ts';

/** A loaded agent without files. `modules`: what module tools were loaded as, by name. */
export function testAgent(
  model: object,
  tools: readonly object[] = [],
  modules: Readonly<Record<string, LoadedModule>> = {},
): LoadedAgent {
  const snapshot = schema.parse({
    epoch: 1,
    namespace: 'shop',
    agent: 'a',
    image: 'i',
    instructions: 'Be brief.',
    model: { name: 'm', ...model },
    tools,
    modules: {},
    limits: { maxTurns: 5 },
  });
  const loaded = snapshot.tools.map((spec): [string, LoadedTool] => {
    const module = modules[spec.name];
    const parameters = parametersOf(spec, module?.parameters);
    const rest = module === undefined ? {} : { module };
    return [
      spec.name,
      { spec, description: spec.description ?? '', parameters, schema: compileSchema(parameters), ...rest },
    ];
  });
  return { buildID: 'b', snapshot, tools: new Map(loaded), plan: runPlanOf(snapshot, 'b', new Map()) };
}
