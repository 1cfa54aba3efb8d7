import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { collect, configOption, examples, outputOption } from '../shared-options.ts';
import type { VerifyOptions } from '../verify/run-verify.ts';

const DESCRIPTION =
  'Judges one image as the daemon would and says why, without a daemon, a database or any side effect: nothing is ' +
  "written to the registry, nobody is told. Without a configuration, give --policy; credentials then come from Docker's " +
  'config.json ($DOCKER_CONFIG, or ~/.docker). Nothing is waited for, unless --wait is given.';

const EXIT_CODES = `
Exit codes:
  0  pass: every requirement is satisfied
  1  fail-evidence or fail-missing: the image does not prove what a policy asks for
  2  wrong call, configuration or policy; or no policy covers the image; or there is no such image
     (the registry says so for certain, so asking again changes nothing; some registries say the
     same of an image that these credentials may not see)
  3  indeterminate: the registry or the trust root could not be read, so nothing is known
  4  rejected-input: there is more evidence than the limits allow, and what was read does not satisfy`;

/** `lazaret verify IMAGE`: the verdict on one image, now. */
export function addVerifyCommand(program: Command, context: CliContext): void {
  program
    .command('verify')
    .summary('judge one image and say why')
    .description(DESCRIPTION)
    .argument('<image>', 'HOST/REPOSITORY, with :TAG or @DIGEST (a tag is resolved once; default: latest)')
    .addOption(configOption())
    .option('-p, --policy <file>', 'judge by this policy file instead of the configured ones; may be repeated', collect)
    .option('--trusted-root <file>', 'a trusted_root.json to use in place of the default trust (`sigstore`)')
    .option('--plain-http', "speak HTTP without TLS to the image's registry, if it is not in the configuration")
    .option('--wait <duration>', 'look again while the image does not pass, for as long as this: 90s, 5m or 1h')
    .option(
      '--evidence-mib <number>',
      'the most MiB of one piece of evidence, up to 64 (default: as configured, or 16)',
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret verify registry.example.com/acme/app:v1.4.2 --policy acme.yaml', 'judge by one policy file'],
        ['lazaret verify registry.example.com/acme/app@sha256:… --config lazaret.yaml', 'judge as the daemon would'],
        ['lazaret verify localhost:5000/app:dev -p dev.yaml --plain-http', 'a registry without TLS'],
        ['lazaret verify $IMAGE -p acme.yaml --wait 5m -o json | jq .reason', 'in CI, where the signature may follow'],
      )}\n${EXIT_CODES}`,
    )
    .action(async (image: string, options: VerifyOptions) => {
      const { runVerify } = await import('../verify/run-verify.ts');
      context.exitWith(await runVerify(image, options, context));
    });
}
