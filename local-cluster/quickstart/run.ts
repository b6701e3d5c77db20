import { downCluster, ClusterError } from '../cluster.ts';
import type { Arguments } from './arguments.ts';
import { sayWhereToLook } from './closing-words.ts';
import { openContextTarget } from './context-target.ts';
import { ANSWERER, applyExample, chooseModel, SCRIPTED_MODEL, type ModelChoice } from './example.ts';
import { playGame, startRun, type Game } from './game.ts';
import { installOperator } from './install.ts';
import { conversationOf, readLedgers } from './ledgers.ts';
import { openLocalTarget } from './local-target.ts';
import type { Progress } from './progress.ts';
import { EXAMPLE_NAMESPACE, RELEASE, SYSTEM_NAMESPACE, type Target } from './target.ts';
import { judge } from './verdict.ts';

/** The whole quickstart. Throws when anything of what it shows is not so. */
export async function runQuickstart(
  options: Exclude<Arguments, { kind: 'help' }>,
  progress: Progress,
): Promise<void> {
  const model = chooseModel(process.env);
  const open = options.kind === 'local' ? openLocalTarget(options.name) : openContextTarget(options);
  const where = options.kind === 'local' ? `local cluster ${options.name}` : `context ${options.context}`;
  const target = await progress.phase(`Kubernetes: ${where}`, () => open(progress));
  try {
    await progress.phase('Operator and Temporal, with Helm', () => installOperator(target, progress));
    await progress.phase('Agent', () => applyExample(target, model, progress));
    await progress.phase('A run, and a SIGKILL in the middle', () => playAndProve(target, model, progress));
    if (options.kind === 'local' && options.down) {
      await progress.phase('Removing the cluster', () =>
        downCluster(options.name, (text) => progress.line(text)),
      );
    } else {
      progress.line('');
      await sayWhereToLook(target, progress);
    }
  } finally {
    target.close();
  }
}

async function playAndProve(target: Target, model: ModelChoice, progress: Progress): Promise<void> {
  const [temporal, answerer, scriptedModel] = await forwardAll(target, model);
  const addresses = { answerer, scriptedModel };
  const name = `quickstart-${Date.now().toString(36)}`;
  const input = `I have a thing in mind. What is it? (Game ${name})`;
  await startRun(target, name, input);
  const game = await playGame(target, { ...addresses, temporal }, name, progress);
  const ledgers = await readLedgers(addresses);
  const verdict = judge(game.before, game.steps, ledgers, conversationOf(input));

  const { completedBeforeKill, rerun, executedTwice, replayed, retried, interrupted } = verdict;
  const steps = game.steps.length;
  progress.line(`${steps} steps, ${retried} of them retried, ${replayed} answered from the tool's record`);
  progress.line(
    `in flight at the kill, done again: ${interrupted.length === 0 ? 'nothing' : interrupted.join(', ')}`,
  );
  progress.highlight(`re-run: ${rerun.length} completed steps (of ${completedBeforeKill} before the kill)`);
  if (ledgers.model === undefined)
    progress.line('(as the tool saw it; what reached the model, only its provider knows)');
  if (rerun.length > 0) throw new ClusterError(`Steps were paid for twice: ${rerun.join(', ')}`);
  if (executedTwice.length > 0)
    throw new ClusterError(`The tool executed calls twice: ${executedTwice.join(', ')}`);
  sayAnswer(game, ledgers.thing, model, progress);
}

function sayAnswer({ run }: Game, thing: string, model: ModelChoice, progress: Progress): void {
  const { status } = run;
  if (status?.phase !== 'Succeeded') {
    throw new ClusterError(
      `The run ended as ${status?.phase}: ${status?.failure?.message ?? 'no reason given'}`,
    );
  }
  const isRight = status.output?.includes(thing) === true;
  progress.highlight(`Answer after ${status.turns} turns: ${status.output} (it was: ${thing})`);
  // A real model may lose the game; the scripted one cannot.
  if (!isRight && model.kind === 'scripted')
    throw new ClusterError(`The answer is wrong: the thing was ${thing}.`);
}

function forwardAll(target: Target, model: ModelChoice): Promise<[string, string, string | undefined]> {
  return Promise.all([
    target.forward(SYSTEM_NAMESPACE, `${RELEASE}-temporal`, 7233),
    target.forward(EXAMPLE_NAMESPACE, ANSWERER, 80),
    model.kind === 'scripted' ? target.forward(EXAMPLE_NAMESPACE, SCRIPTED_MODEL, 80) : undefined,
  ]);
}
