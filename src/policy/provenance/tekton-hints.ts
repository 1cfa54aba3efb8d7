import type { Json } from '../../kit/json.ts';
import { listAt, textAt, valueAt } from '../../kit/json-path.ts';
import type { Build } from './build.ts';

/**
 * The sources that type hints name, as `URI COMMIT` in the form of Chains' entries: results of the run, and in SLSA 0.2
 * results and parameters of its tasks, which the pipeline gives them. The parameters of the run itself are left out:
 * whoever starts it may write there what he likes.
 * https://github.com/tektoncd/chains/blob/main/docs/slsa-provenance.md#input-artifacts
 */
export function hintedSources({ predicate }: Build): ReadonlySet<string> {
  const byProducts = listAt(predicate, 'runDetails', 'byproducts');
  const tasks = listAt(predicate, 'buildConfig', 'tasks');
  const hints = [
    (name: string) => resultOf(byProducts, name),
    ...tasks.map((task) => (name: string) => textAt(task, 'invocation', 'parameters', name)),
    ...tasks.map((task) => (name: string) => namedValue(listAt(task, 'results'), name)),
  ];
  return new Set(hints.flatMap((hint) => entryOf(hint('CHAINS-GIT_URL'), hint('CHAINS-GIT_COMMIT'))));
}

// As SPDXGit in Chains writes it.
function entryOf(url: string | undefined, commit: string | undefined): readonly string[] {
  if (url === undefined || commit === undefined) return [];
  return [`${url.startsWith('git+') ? '' : 'git+'}${url}${url.endsWith('.git') ? '' : '.git'} ${commit}`];
}

function namedValue(list: readonly Json[], name: string): string | undefined {
  return textAt(
    list.find((item) => textAt(item, 'name') === name),
    'value',
  );
}

/** A result in SLSA 1 is JSON text in base64, under the name of its kind of run. */
function resultOf(byProducts: readonly Json[], name: string): string | undefined {
  const names = [`pipelineRunResults/${name}`, `taskRunResults/${name}`];
  const found = byProducts.find((item) => names.includes(textAt(item, 'name') ?? ''));
  const content = valueAt(found, 'content');
  if (typeof content !== 'string') return undefined;
  const text = /^"([^"\\]*)"\s*$/.exec(Buffer.from(content, 'base64').toString())?.[1];
  return text === '' ? undefined : text;
}
