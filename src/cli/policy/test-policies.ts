import { readFileSync } from 'node:fs';
import { policyOptions } from '../../config/policy-options.ts';
import { readConfig } from '../../config/read-config.ts';
import type { PolicySet } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { type LocatedExample, parsePolicyExamples } from '../../policy/read/parse-policy-examples.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { wrapText } from '../wrap-text.ts';
import { findPolicyFiles } from './find-policy-files.ts';
import { judgeExample } from './judge-example.ts';
import { assumedTrust, namedTrust } from './named-trust.ts';
import { type PolicyOutside, readPolicyFiles } from './read-policy-files.ts';

/** The options of `policy test`. */
export interface TestOptions {
  readonly config?: string;
  readonly output: OutputFormat;
}

/** An example and what came of it. */
interface Tested {
  readonly located: LocatedExample;
  readonly verdict: Verdict;
  readonly ok: boolean;
}

/**
 * Runs the examples in policy files, without network. Exit code 1 if one of them ends otherwise than expected.
 * @throws {InvalidInputError} for faults in the policies or in what the examples name, and where there is no example
 */
export async function testPolicies(
  paths: readonly string[],
  { config, output }: TestOptions,
  context: CliContext,
): Promise<ExitCode> {
  const files = findPolicyFiles(paths);
  const assumed: PolicyOutside = (texts) => assumedTrust(namedTrust(texts));
  const policies = readPolicyFiles(
    files,
    config === undefined ? assumed : policyOptions(await readConfig(config, context.env)),
  );
  const examples = parsePolicyExamples(files.map((file) => ({ file, text: readFileSync(file, 'utf8') })));
  if (examples.length === 0) throw nothingToTest(files);
  const tested = await testAll(examples, policies);
  if (output === 'json') context.terminal.out(plainJson(toJson(tested), 2));
  else print(tested, context);
  return tested.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

function nothingToTest(files: readonly string[]): InvalidInputError {
  return new InvalidInputError('USAGE_INVALID', 'there is nothing to test', [
    { where: files.join(', '), message: 'expected `examples:`, got none', hint: 'See docs/policies.md, "Examples".' },
  ]);
}

async function testAll(examples: readonly LocatedExample[], policies: PolicySet): Promise<readonly Tested[]> {
  const tested: Tested[] = [];
  const issues: InputIssue[] = [];
  for (const located of examples) {
    const policy = policies.policies.find(({ name }) => name === located.policy);
    try {
      if (policy === undefined) throw new TypeError(`the policy ${located.policy} was read a moment ago`);
      const verdict = await judgeExample(located, policy);
      const { expect, code } = located.example;
      tested.push({
        located,
        verdict,
        ok: verdict.outcome === expect && (code === undefined || verdict.code === code),
      });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const hint = error.issues[0]?.hint;
      issues.push({ where: located.where, message: error.message, ...(hint !== undefined && { hint }) });
    }
  }
  if (issues.length === 0) return tested;
  throw new InvalidInputError('POLICY_INVALID', 'some examples cannot be run', issues);
}

function print(tested: readonly Tested[], { terminal }: CliContext): void {
  const { style, width } = terminal;
  for (const { located, verdict, ok } of tested) {
    const { name, expect, code } = located.example;
    terminal.out(`${ok ? style.good('✓') : style.bad('✗')} ${plainText(`${located.policy}: ${name}`)}`);
    if (ok) continue;
    const wanted = code === undefined ? expect : `${expect} (${code})`;
    terminal.out(`  ${located.where}: expected ${wanted}, got ${style.bad(`${verdict.outcome} (${verdict.code})`)}`);
    terminal.out(wrapText(plainText(verdict.reason), { width, indent: 2 }));
  }
  const failed = tested.filter(({ ok }) => !ok).length;
  const count = `${tested.length} example${tested.length === 1 ? '' : 's'}`;
  terminal.out(
    failed === 0 ? style.good(`${count}: all as expected.`) : style.bad(`${count}: ${failed} not as expected.`),
  );
}

function toJson(tested: readonly Tested[]): object {
  return {
    ok: tested.every(({ ok }) => ok),
    examples: tested.map(({ located, verdict, ok }) => ({
      policy: located.policy,
      name: located.example.name,
      where: located.where,
      ok,
      expected: { outcome: located.example.expect, code: located.example.code ?? null },
      outcome: verdict.outcome,
      code: verdict.code,
      reason: verdict.reason,
    })),
  };
}
