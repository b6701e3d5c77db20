import { parseArgs } from 'node:util';
import { ClusterError, defaultClusterName } from '../cluster.ts';

export const usage = `Brings up a Kubernetes with a Temporal and the operator, plays a game of twenty questions with an agent, kills
its worker in the middle, and shows the run finish where it left off.

  npm run quickstart -- [options]

  --name NAME         name of the local cluster (default: ${defaultClusterName})
  --context CONTEXT   use the cluster of this kubectl context instead of a local one
  --registry PREFIX   with --context: push the images to PREFIX/operator and PREFIX/worker (kind, k3d and minikube need none)
  --operator-image IMAGE, --worker-image IMAGE, --temporal-image IMAGE
                      with --context: use these images; with the first two nothing is built
  --yes               with --context: do not ask before installing into it
  --down              with a local cluster: remove it at the end
  --keep              with a local cluster: leave it up at the end (the default)

With OPENAI_API_KEY in the environment the agent plays with the model OPENAI_MODEL (default: gpt-5-mini), else with a scripted one.
`;

/** Of images that are there already, and of the place for those that are built. */
export interface ImageSources {
  readonly registry: string | undefined;
  readonly operatorImage: string | undefined;
  readonly workerImage: string | undefined;
  readonly temporalImage: string | undefined;
}

export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'local'; readonly name: string; readonly down: boolean }
  | {
      readonly kind: 'context';
      readonly context: string;
      readonly yes: boolean;
      readonly images: ImageSources;
    };

/** Throws a ClusterError that says what is wrong with the command line. */
export function parseQuickstartArguments(argv: readonly string[]): Arguments {
  const { values } = parse(argv);
  if (values.help === true) return { kind: 'help' };
  if (values.down === true && values.keep === true) throw new ClusterError('--down or --keep, not both.');
  const images: ImageSources = {
    registry: values.registry,
    operatorImage: values['operator-image'],
    workerImage: values['worker-image'],
    temporalImage: values['temporal-image'],
  };
  if (values.context === undefined) {
    if (Object.values(images).some((value) => value !== undefined)) {
      throw new ClusterError(
        '--registry and the image options need --context: a local cluster has its own images.',
      );
    }
    return { kind: 'local', name: values.name ?? defaultClusterName, down: values.down === true };
  }
  if (values.name !== undefined)
    throw new ClusterError('--name or --context, not both: one is local, the other is not.');
  if (values.down === true)
    throw new ClusterError('--down needs a local cluster: one that is not ours is never removed.');
  if ((images.operatorImage === undefined) !== (images.workerImage === undefined)) {
    throw new ClusterError('--operator-image and --worker-image belong together: both are of one build.');
  }
  return { kind: 'context', context: values.context, yes: values.yes === true, images };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        name: { type: 'string' },
        context: { type: 'string' },
        registry: { type: 'string' },
        'operator-image': { type: 'string' },
        'worker-image': { type: 'string' },
        'temporal-image': { type: 'string' },
        yes: { type: 'boolean' },
        down: { type: 'boolean' },
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ClusterError(`${problem}\n\n${usage}`);
  }
}
