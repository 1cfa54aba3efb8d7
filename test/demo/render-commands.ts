import type { Style } from '../../src/cli/terminal.ts';
import { DEMO_FOLDER } from './demo-folder.ts';
import type { ImageResult } from './run-image.ts';
import type { Demo } from './start-demo.ts';

/** What to try next, ready to be copied into another terminal in the checkout. */
export function renderCommands({ registry, daemon }: Demo, results: readonly ImageResult[], style: Style): string {
  const config = `--config ${DEMO_FOLDER}/lazaret.yaml`;
  const unsigned = results.find(({ image }) => image.repository === 'acme/unsigned');
  const digest = unsigned === undefined ? '' : `@${unsigned.pushed.digest}`;
  const commands: readonly (readonly [string, string])[] = [
    [
      'why an image failed, requirement by requirement',
      `bin/lazaret verify ${registry.host}/acme/stranger:1.0 ${config}`,
    ],
    ['what is quarantined', `bin/lazaret quarantine list ${config}`],
    ['lift a quarantine by hand', `bin/lazaret quarantine release ${registry.host}/acme/unsigned${digest} ${config}`],
    ['is everything reachable', `bin/lazaret doctor ${config}`],
    ['everything on record', `curl -s '${daemon.url}/api/v1/subjects?state=final'`],
    ['metrics for Prometheus', `curl -s ${daemon.url}/metrics`],
    ['the tags of a quarantined image', `curl -s ${registry.url}/v2/acme/unsigned/tags/list`],
    ['the configuration and the policy', `cat ${DEMO_FOLDER}/lazaret.yaml ${DEMO_FOLDER}/policies/acme.yaml`],
    ['the log of the daemon', `cat ${DEMO_FOLDER}/daemon.log`],
  ];
  return [
    style.bold('To try next, in another terminal in this folder'),
    ...commands.map(([what, command]) => `  ${style.dim(`# ${what}`)}\n  ${command}`),
  ].join('\n');
}
