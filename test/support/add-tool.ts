import { defineTool, ToolError } from 'durable-agents';
import { z } from 'zod';

/** A module tool as a user writes one; mounted from a ConfigMap by test/cluster/tools.test.ts. */
export default defineTool({
  description: 'Adds two numbers.',
  parameters: z.object({ a: z.number(), b: z.number() }),
  effect: 'ReadOnly',
  execute: ({ a, b }) => {
    if (a === 0 && b === 0) throw new ToolError('nothing to add');
    return { sum: a + b };
  },
});
