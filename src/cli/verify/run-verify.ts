import { parseProxyEnvironment } from '../../config/proxy-environment.ts';
import { MAX_EVIDENCE_MIB } from '../../domain/evidence.ts';
import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { parseDuration } from '../../kit/duration.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Judgement } from '../../pipeline/judge/judge-image.ts';
import { createLocalJudge } from '../../pipeline/judge/verify-and-judge.ts';
import { matchPolicies } from '../../policy/judge/match-policies.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-code.ts';
import { parseImageArgument } from '../image-argument.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { choosePolicies } from './choose-policies.ts';
import { chooseRegistry } from './choose-registry.ts';
import { chooseTrust } from './choose-trust.ts';
import { findConfiguration } from './find-configuration.ts';
import { lookAgain } from './look-again.ts';
import { lookAtImage } from './look-at-image.ts';
import { openRegistries } from './open-registries.ts';
import { renderReport } from './render-report.ts';
import { toJsonReport, type VerifyReport } from './verify-report.ts';

/** The options of `verify`, as written. */
export interface VerifyOptions {
  readonly config?: string;
  readonly policy?: readonly string[];
  readonly trustedRoot?: string;
  readonly plainHttp?: boolean;
  readonly wait?: string;
  readonly evidenceMib?: string;
  readonly output: OutputFormat;
}

/**
 * Judges one image as the daemon would, without a side effect, and prints the report.
 * @throws {InvalidInputError} for a wrong call, configuration or policy; for an image that is none, or not there; and
 *   where no policy covers it and the configuration does not say what then
 */
export async function runVerify(argument: string, options: VerifyOptions, context: CliContext): Promise<ExitCode> {
  const image = parseImageArgument(argument);
  const waitMs = parseWait(options.wait);
  const asked = parseEvidenceMib(options.evidenceMib);
  const config = await findConfiguration(options, context);
  const policies = choosePolicies(options.policy ?? [], config);
  assertCovered(policies, image);
  const signal = context.interrupt();
  const evidenceBytes = asked ?? config?.evidenceBytes;
  const { env } = context;
  const proxy = config === undefined ? parseProxyEnvironment(env) : config.proxy;
  const choice = { plainHttp: options.plainHttp ?? false, env, proxy };
  const registries = openRegistries(chooseRegistry(image, config, choice), config, choice);
  const trust = chooseTrust({
    trustedRoot: options.trustedRoot,
    config,
    proxy,
    policies: policies.policies,
    onConcern: (concern) => context.terminal.err(`note: ${plainText(concern)}`),
  });
  try {
    const look = lookAtImage(image, {
      registry: registries.own,
      readerFor: registries.readerFor,
      policies,
      judge: createLocalJudge({ materialsFor: trust.materials }),
      clock: () => new Date(),
      ...(evidenceBytes !== undefined && { evidenceBytes }),
      signal,
    });
    const onWait = (judgement: Judgement): void => context.terminal.err(describeWait(judgement));
    const judgement = await lookAgain(() => look.judge(), { waitMs, signal, onWait });
    const exitCode = print(toReport(judgement, look.image()), options, context);
    if (!signal.aborted || exitCode === EXIT.ok) return exitCode;
    // What is missing was still waited for: nobody may take this for "the image fails".
    context.terminal.err('interrupted before the wait was over: this is how it stood at the last look');
    return EXIT.couldNotTell;
  } finally {
    await Promise.all([registries.close(), trust.close()]);
  }
}

function parseWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = parseDuration(text);
  // A command that waits longer than a day has been forgotten.
  if (ms !== undefined && ms <= 86_400_000) return ms;
  throw new InvalidInputError('USAGE_INVALID', 'the duration cannot be read', [
    { where: '--wait', message: `expected up to 24h, got "${text}"`, hint: 'For example 90s, 5m or 1h30m.' },
  ]);
}

function parseEvidenceMib(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const mib = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (mib >= 1 && mib <= MAX_EVIDENCE_MIB) return mib * 1024 * 1024;
  throw new InvalidInputError('USAGE_INVALID', 'the size cannot be used', [
    { where: '--evidence-mib', message: `expected 1 to ${MAX_EVIDENCE_MIB}, got "${text}"`, hint: 'For example 32.' },
  ]);
}

// Without a policy nobody knows what this image must prove, so "it fails" would be as wrong as "it passes". `noMatch`
// may decide.
function assertCovered(policies: PolicySet, { host, repository }: ImageReference): void {
  const name = `${host}/${repository}`;
  if (policies.noMatch !== 'alert' || matchPolicies(policies, name).length > 0) return;
  const covered = policies.policies.flatMap((policy) => policy.images);
  throw new InvalidInputError('USAGE_INVALID', `no policy covers ${name}`, [
    {
      where: policies.policies.map(({ file }) => file).join(', '),
      message: `covers ${covered.join(', ')}`,
      hint: 'Add the image to `images` of a policy, as HOST/REPOSITORY, or name another file with --policy.',
    },
  ]);
}

function describeWait(judgement: Judgement): string {
  const why = judgement.kind === 'judged' ? judgement.verdict.reason : 'The registry has no such image yet.';
  return plainText(`waiting: ${why}`);
}

function toReport(judgement: Judgement, image: ImageReference): VerifyReport {
  const name = formatImageReference(image);
  if (judgement.kind === 'judged') {
    return { image: name, digest: image.digest ?? null, verdict: judgement.verdict, checkedAt: new Date() };
  }
  if (judgement.kind === 'gone') {
    throw new InvalidInputError('REFERENCE_INVALID', `the registry has no image ${name}`, [
      {
        where: name,
        message: 'there is no such manifest',
        hint: 'Check the name, and that these credentials may see it: some registries say the same when they may not.',
      },
    ]);
  }
  throw noImage(name, image, judgement);
}

function noImage(
  name: string,
  { host, repository }: ImageReference,
  judgement: Extract<Judgement, { kind: 'evidence' | 'artifact' }>,
): InvalidInputError {
  const about = judgement.of.map((digest) => formatImageReference({ host, repository, digest })).join(', ');
  if (judgement.kind === 'evidence') {
    return new InvalidInputError('REFERENCE_INVALID', `${name} is no image, but evidence about one`, [
      { where: name, message: 'is a signature or an attestation', hint: `Verify what it is about: ${about}` },
    ]);
  }
  const type = shortText(judgement.type);
  const hint =
    about === ''
      ? `Let a policy cover it by its type: artifacts: [${type}]`
      : `It belongs to ${about}: verify that, or let a policy cover it by its type: artifacts: [${type}]`;
  return new InvalidInputError('REFERENCE_INVALID', `${name} is not an image, but an artifact of type ${type}`, [
    { where: name, message: 'is nothing a container runtime runs, and no policy covers its type', hint },
  ]);
}

function print(report: VerifyReport, { output }: VerifyOptions, { terminal }: CliContext): ExitCode {
  terminal.out(output === 'json' ? plainJson(toJsonReport(report), 2) : renderReport(report, terminal));
  return exitCodeOf(report.verdict.outcome);
}
