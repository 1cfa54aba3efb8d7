import type { Config } from '../../config/config.ts';
import { parseProxyEnvironment } from '../../config/proxy-environment.ts';
import { readConfig } from '../../config/read-config.ts';
import { BUILT_IN } from '../../config/trust-schema.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import type { ImagePolicy, PolicyKey, SignerRule } from '../../domain/policy.ts';
import type { ImageSample } from '../../policy/suggest/image-sample.ts';
import { suggestPolicy } from '../../policy/suggest/suggest-policy.ts';
import type { SuggestedPolicy } from '../../policy/suggest/suggested-requirement.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { parseImageArgument } from '../image-argument.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { chooseRegistry } from '../verify/choose-registry.ts';
import { chooseTrust } from '../verify/choose-trust.ts';
import { readSampleKeys } from './read-sample-keys.ts';
import { renderSuggestion } from './render-suggestion.ts';
import { takeSample } from './take-sample.ts';

/** The options of `policy suggest`, as written. */
export interface SuggestOptions {
  readonly key?: readonly string[];
  readonly config?: string;
  readonly trustedRoot?: string;
  readonly plainHttp?: boolean;
  readonly output: OutputFormat;
}

/**
 * Looks at what is attached to images and prints the narrowest policy that they satisfy, one a repository.
 * @throws {InvalidInputError} for a wrong call or key, or an image that is not there
 * @throws {FaultError} `REGISTRY_*`, `TRUST_ROOT_UNAVAILABLE`: could not tell
 */
export async function suggestPolicies(
  names: readonly string[],
  options: SuggestOptions,
  context: CliContext,
): Promise<ExitCode> {
  const images = names.map(parseImageArgument);
  const keys = readSampleKeys(options.key ?? []);
  const config = options.config === undefined ? undefined : await readConfig(options.config, context.env);
  const now = new Date();
  const samples = await takeSamples(images, { config, keys, options, now }, context);
  const suggested = [...Map.groupBy(samples, ({ image }) => image).values()].map((of) => suggestPolicy(of, keys, now));
  print(suggested, options.output, context);
  return suggested.every(({ requirements }) => requirements.length > 0) ? EXIT.ok : EXIT.failed;
}

interface Given {
  readonly config: Config | undefined;
  readonly keys: ReadonlyMap<string, PolicyKey>;
  readonly options: SuggestOptions;
  readonly now: Date;
}

async function takeSamples(
  images: readonly ImageReference[],
  { config, keys, options, now }: Given,
  context: CliContext,
): Promise<readonly ImageSample[]> {
  const signal = context.interrupt();
  const everyone = anyoneKnown(config, keys);
  const { env } = context;
  const proxy = config === undefined ? parseProxyEnvironment(env) : config.proxy;
  const trust = chooseTrust({
    trustedRoot: options.trustedRoot,
    config,
    proxy,
    policies: [everyone],
    onConcern: (concern) => context.terminal.err(`note: ${plainText(concern)}`),
  });
  try {
    const materials = await trust.materials([everyone]);
    const samples: ImageSample[] = [];
    for (const image of images) {
      const registry = chooseRegistry(image, config, { plainHttp: options.plainHttp ?? false, env, proxy });
      try {
        const limits = config && { evidenceBytes: config.evidenceBytes };
        samples.push(await takeSample(image, { reader: registry.reader, materials, now, signal, ...limits }));
      } finally {
        await registry.close();
      }
    }
    return samples;
  } finally {
    await trust.close();
  }
}

// Trust roots and keys are opened for policies that name them: this one names all there are. Nobody is judged by it.
function anyoneKnown(config: Config | undefined, keys: ReadonlyMap<string, PolicyKey>): ImagePolicy {
  const anybody = { kind: 'pattern', pattern: '.*' } as const;
  const of: readonly SignerRule[] = [
    ...(config?.trust ?? BUILT_IN).map(({ name }) => {
      return { kind: 'identity', trust: name, issuer: anybody, subject: anybody } as const;
    }),
    ...[...keys.values()].map((key) => ({ kind: 'key', key }) as const),
  ];
  const require = [{ kind: 'signature', name: 'anyone', of, atLeast: of.length } as const];
  return { name: 'anyone', file: '', images: [], graceMs: 0, onFailure: 'alert', platforms: 'index', require };
}

function print(suggested: readonly SuggestedPolicy[], output: OutputFormat, { terminal }: CliContext): void {
  if (output === 'json') {
    terminal.out(plainJson({ policies: suggested.map(toJson) }, 2));
    return;
  }
  const documents = suggested.map((policy) => {
    if (policy.requirements.length > 0) return renderSuggestion(policy).trimEnd();
    terminal.err(`nothing to ask for of ${plainText(policy.image)}`);
    for (const note of policy.notes) terminal.err(`  ${plainText(note)}`);
    return '';
  });
  const written = documents.filter((text) => text !== '');
  if (written.length > 0) terminal.out(written.join('\n---\n'));
}

function toJson(policy: SuggestedPolicy): object {
  const { name, image, samples, requirements, notes } = policy;
  return {
    name,
    image,
    samples,
    policy: requirements.length === 0 ? null : renderSuggestion(policy),
    requirements: requirements.map(({ requirement, weak }) => ({
      name: requirement.name,
      kind: requirement.kind,
      weak,
    })),
    notes,
  };
}
