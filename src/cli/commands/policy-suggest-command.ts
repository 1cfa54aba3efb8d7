import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { SuggestOptions } from '../policy/suggest-policies.ts';
import { collect, examples, namedConfigOption, outputOption } from '../shared-options.ts';

const DESCRIPTION =
  'Reads everything that is attached to images, verifies it, and writes the narrowest policy that all of them ' +
  'satisfy: who signed (the workflow file, at tags of this form), which builder, which source. Comments say what is ' +
  'weak about it. Several images of one repository give one policy. Nothing is written to the registry; credentials ' +
  "are the configuration's, else those of Docker's config.json.";

/** `lazaret policy suggest IMAGE…`: the policy that images satisfy. */
export function addPolicySuggestCommand(policy: Command, context: CliContext): void {
  policy
    .command('suggest')
    .summary('write the policy that images satisfy')
    .description(DESCRIPTION)
    .argument('<image...>', 'HOST/REPOSITORY, with :TAG or @DIGEST; two or three releases of each repository')
    .option('-k, --key <file>', 'a public key (PEM) that may have signed; may be repeated', collect)
    .option('--trusted-root <file>', 'a trusted_root.json to use in place of the default trust (`sigstore`)')
    .option('--plain-http', 'speak HTTP without TLS to registries that are not in the configuration')
    .addOption(namedConfigOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret policy suggest ghcr.io/acme/app:v1.4.1 ghcr.io/acme/app:v1.4.2 > acme-app.yaml', 'from two releases'],
        ['lazaret policy suggest registry.example.com/acme/app:v1 --key cosign.pub', 'signed with a key'],
      )}\n\nExit codes: 0 a policy for every repository, 1 for one of them nothing could be asked for, 2 wrong call,\nkey or image, 3 a registry or trust root could not be read.`,
    )
    .action(async (images: readonly string[], options: SuggestOptions) => {
      const { suggestPolicies } = await import('../policy/suggest-policies.ts');
      context.exitWith(await suggestPolicies(images, options, context));
    });
}
