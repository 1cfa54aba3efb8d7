import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { examples, outputOption } from '../shared-options.ts';
import type { VerifyBundleOptions } from '../verify-bundle/verify-bundle.ts';

/**
 * `lazaret verify-bundle`: one Sigstore bundle against one file, as the conformance suite of Sigstore calls clients.
 * https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md
 */
export function addVerifyBundleCommand(program: Command, context: CliContext): void {
  program
    .command('verify-bundle')
    .summary('verify a Sigstore bundle over a file, without a registry')
    .description(
      'Verifies that a bundle proves who signed a file, with the same checks as an image gets. Nothing is contacted: the ' +
        'trust root is the one Lazaret came with, or --trusted-root.',
    )
    .argument('<file-or-digest>', 'the file that was signed, or its digest (sha256:HEX)')
    .option('--staging', "use the trust root of Sigstore's staging instance")
    .requiredOption('--bundle <file>', 'the bundle')
    .option('--certificate-identity <id>', 'who must have signed: compared exactly with each name in the certificate')
    .option('--certificate-oidc-issuer <url>', 'who must have vouched for the identity')
    .option('--key <file>', 'the public key (PEM) that must have signed, in place of an identity')
    .option('--trusted-root <file>', 'a trusted_root.json to verify with')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        [
          'lazaret verify-bundle --bundle app.sigstore.json --certificate-identity me@acme.example \\\n' +
            '      --certificate-oidc-issuer https://accounts.google.com app.tar.gz',
          'signed by a person',
        ],
        ['lazaret verify-bundle --bundle app.sigstore.json --key acme.pub app.tar.gz', 'signed with a key'],
      )}\n\nExit codes: 0 verified, 1 not verified, 2 wrong call or unreadable file, 3 there is no usable trust root.`,
    )
    .action(async (argument: string, options: VerifyBundleOptions) => {
      const { verifyBundle } = await import('../verify-bundle/verify-bundle.ts');
      context.exitWith(await verifyBundle(argument, options, context));
    });
}
