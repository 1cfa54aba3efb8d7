import { knownKind } from '../../domain/registry-kind.ts';
import { registryName } from '../../domain/registry-name.ts';
import type { InitAnswers } from './answers.ts';
import { CI_SIGNERS } from './ci-signers.ts';
import { REGISTRY_GUIDES, type RegistryGuide } from './registry-guides.ts';
import type { WrittenFile } from './written-file.ts';

/** What a secret file holds that only people know. */
const CHANGE_ME = 'change-me\n';

/** All files for these answers. `secret`: freshly random, for what the registry sends. */
export function renderFiles(answers: InitAnswers, secret: string): readonly WrittenFile[] {
  const guide = REGISTRY_GUIDES[answers.registry];
  const needed = (isNeeded: boolean, name: string, content: string): WrittenFile[] =>
    isNeeded ? [{ name, content, isSecret: true }] : [];
  return [
    { name: 'lazaret.yaml', content: renderConfig(answers, guide), isSecret: false },
    { name: 'policies/first.yaml', content: renderPolicy(answers), isSecret: false },
    ...needed(usesSecret(answers, guide), 'secrets/hook', `${secret}\n`),
    ...needed(guide.signsIn !== false, 'secrets/registry', CHANGE_ME),
    ...needed(answers.notify === 'slack', 'secrets/slack', 'https://hooks.slack.com/services/CHANGE/ME/please\n'),
    ...needed(answers.notify === 'email', 'secrets/mail', CHANGE_ME),
  ];
}

/** Whether the registry sends something only it and Lazaret know. */
export function usesSecret({ announce }: Pick<InitAnswers, 'announce'>, { proof }: RegistryGuide): boolean {
  return announce === 'webhook' && proof.some((line) => line.includes('secrets/hook'));
}

function renderConfig(answers: InitAnswers, guide: RegistryGuide): string {
  const { registry, url, repositories, address } = answers;
  return lines(
    '# What Lazaret looks after. `lazaret config check` reads it, `lazaret doctor` tries it; docs/configuration.md says all.',
    '',
    'registries:',
    '  - id: prod',
    `    kind: ${registry}`,
    `    url: ${url.origin}`,
    ...(url.protocol === 'http:' ? ['    plainHttp: true'] : []),
    '    # Globs; ** stands for any number of parts.',
    `    repositories: [${repositories.map((each) => JSON.stringify(each)).join(', ')}]`,
    ...(guide.signsIn === false
      ? ['    # Whom the SDK of AWS finds reads it: a role, a profile, the environment (docs/ecr.md).']
      : [
          '    # Who reads it: a robot that may do nothing else.',
          `    credentials: { username: ${guide.user ?? 'lazaret'}, passwordFile: secrets/registry }`,
        ]),
    '    # Who writes quarantine tags, once you want that: another robot. Without it Lazaret never writes.',
    `    # writeCredentials: ${guide.signsIn === false ? 'aws' : '{ username: lazaret-tagger, passwordFile: secrets/tagger }'}`,
    '',
    'sources:',
    ...source(answers, guide).map((line) => `  ${line.replaceAll('{url}', hookUrl(address))}`),
    '  # What nobody announced, and what was there before: events get lost nearly everywhere.',
    '  - { kind: poll, id: sweep, registry: prod, every: 15m }',
    '',
    'policies: ["policies/*.yaml"]',
    '',
    'quarantine:',
    '  # Looks and tells, and writes to no registry. Once the verdicts are as you expect them: tag.',
    '  mode: observe',
    '',
    ...notify(answers),
    'http: { host: 0.0.0.0, port: 8080 }',
    'dataDir: data',
  );
}

function source({ announce }: InitAnswers, guide: RegistryGuide): readonly string[] {
  const event = ['  registry: prod', `  dialect: ${guide.dialect}`];
  switch (announce) {
    case 'webhook':
      return [
        '# The registry calls it when an image was pushed.',
        '- kind: webhook',
        '  id: hook',
        ...event,
        ...guide.proof.map((line) => `  ${line}`),
      ];
    case 'kafka':
      return [
        '- kind: kafka',
        '  id: pushes',
        '  brokers: ["kafka.example.com:9092"]   # change me',
        '  topic: registry-pushes',
        '  group: lazaret',
        ...event,
      ];
    case 'sqs':
      return [
        '# deploy/aws makes the queue and what fills it.',
        '- kind: sqs',
        '  id: pushes',
        '  queueUrl: https://sqs.eu-central-1.amazonaws.com/123456789012/lazaret   # change me',
        ...event,
      ];
    case 'pubsub':
      return [
        '# docs/events.md says how the subscription is made.',
        '- kind: pubsub',
        '  id: pushes',
        '  subscription: projects/acme-prod/subscriptions/lazaret   # change me',
        '  credentials: metadata   # or { serviceAccountFile: secrets/pubsub.json }',
        ...event,
      ];
    case 'poll':
      return [];
  }
}

function notify({ notify: way }: InitAnswers): readonly string[] {
  if (way === 'none') return ['# Nobody is told yet: docs/notices.md. The verdicts are in the log and the API.', ''];
  if (way === 'slack') return ['notify:', '  - { kind: slack, id: team, urlFile: secrets/slack }', ''];
  return [
    'notify:',
    '  - kind: email',
    '    id: team',
    '    smtp: { host: mail.example.com, port: 587, username: lazaret, passwordFile: secrets/mail }   # change me',
    '    from: lazaret@example.com   # change me',
    '    to: [team@example.com]   # change me',
    '',
  ];
}

/** An image that the policy covers, to try it on. */
function exampleImage({ url, repositories: [first = 'acme/app'] }: InitAnswers): string {
  return `${registryName(url)}/${first.replace(/\*+/g, 'app')}:TAG`;
}

function renderPolicy({ url, repositories, ci, source: from }: InitAnswers): string {
  const host = registryName(url);
  const signer = CI_SIGNERS[ci];
  return lines(
    '# What an image must prove. `lazaret verify IMAGE --policy FILE` tries it on one; docs/policies.md says all.',
    'apiVersion: lazaret.dev/v1',
    'kind: ImagePolicy',
    'metadata: { name: first }',
    'spec:',
    `  images: [${repositories.map((each) => JSON.stringify(`${host}/${each}`)).join(', ')}]`,
    '  # How long after the push its signature is waited for.',
    '  grace: 15m',
    '  # quarantine: mark what fails, once quarantine.mode in lazaret.yaml is tag. alert: only tell.',
    '  onFailure: quarantine',
    '  # Every entry must hold.',
    '  require:',
    ...signer
      .requirement(ci === 'key' || ci === 'tekton' || ci === 'jenkins' ? keyPath(from) : from)
      .map((line) => `    ${line}`),
  );
}

/** The policy lies in a folder of its own, and paths are relative to it. */
function keyPath(path: string): string {
  return JSON.stringify(path.startsWith('/') ? path : `../${path}`);
}

/** Where the registry sends its events. The path of one that proves nothing is secret, and not shown here. */
export function hookUrl(address: URL): string {
  return new URL('/webhooks/hook', address).href;
}

/** What to do now, step by step. `folder`: where the files are, as people call it. */
export function renderSteps(answers: InitAnswers, folder: string): readonly string[] {
  const { registry, announce, notify: way, ci, address } = answers;
  const guide = REGISTRY_GUIDES[registry];
  const at = (name: string): string => (folder === '.' ? name : `${folder}/${name}`);
  const isPath = guide.proof.some((line) => line.startsWith('pathFile'));
  const url = isPath ? `${new URL('/webhooks/', address).href}<content of ${at('secrets/hook')}>` : hookUrl(address);
  const fill = (line: string): string => line.replaceAll('{url}', url).replaceAll('{secret}', at('secrets/hook'));
  const config = folder === '.' ? '' : ` --config ${at('lazaret.yaml')}`;
  const inRegistry =
    announce === 'webhook'
      ? guide.steps.map(fill)
      : announce === 'poll'
        ? ['Nothing: Lazaret sweeps it.']
        : ['Lines marked "change me" in lazaret.yaml: where the events come from.'];
  const { title, capabilities } = knownKind(registry, answers.url.host);
  const parts: readonly (readonly [string, readonly string[]])[] = [
    [
      `In ${title}`,
      [
        ...inRegistry,
        ...(capabilities.untag === 'no'
          ? ['It cannot take a tag off: release then points ours to an artifact without content.']
          : []),
      ],
    ],
    [`In ${CI_SIGNERS[ci].title}`, CI_SIGNERS[ci].steps],
    [
      'Here',
      [
        ...(guide.signsIn === false
          ? []
          : [
              `Put the password of the reader into ${at('secrets/registry')}, and its name into ${at('lazaret.yaml')}.`,
            ]),
        ...(way === 'slack' ? [`Put the address of an incoming webhook of Slack into ${at('secrets/slack')}.`] : []),
        ...(way === 'email'
          ? [
              `Put the password of the mail account into ${at('secrets/mail')}, and its addresses into ${at('lazaret.yaml')}.`,
            ]
          : []),
      ],
    ],
    [
      'Then try',
      [
        `lazaret verify ${exampleImage(answers)} --policy ${at('policies/first.yaml')}`,
        `lazaret config check${config} && lazaret doctor${config} && lazaret serve${config}`,
      ],
    ],
  ];
  return parts
    .filter(([, steps]) => steps.length > 0)
    .flatMap(([head, steps], index) => [
      ...(index === 0 ? [] : ['']),
      `${index + 1}. ${head}`,
      ...steps.map((step) => `   ${step}`),
    ]);
}

function lines(...text: readonly string[]): string {
  return `${text.join('\n')}\n`;
}
