import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = (folder: string): readonly string[] => readdirSync(join(ROOT, folder)).map((name) => join(folder, name));

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

const POLICIES = ['reader', 'writer', 'events', 'queue'] as const;
type PolicyName = (typeof POLICIES)[number];
const policy = (name: PolicyName): Policy => JSON.parse(text(`deploy/aws/policies/${name}.json`)) as Policy;
const allowed = (name: PolicyName): readonly string[] =>
  policy(name)
    .Statement.filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => Action)
    .toSorted();

/** What calls of the API these files make, as IAM names them. */
function calledOfEcr(...paths: readonly string[]): readonly string[] {
  const calls = paths.flatMap((path) => [...text(path).matchAll(/\becr\.([a-z])(\w+)\(/g)]);
  return calls.map(([, first, rest]) => `ecr:${first?.toUpperCase()}${rest}`);
}

// ECR asks for these rights where its distribution API is called:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html (and for referrers, BatchGetImage).
const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const LIST_TAGS = ['ecr:ListImages'];
const PUSH_BLOB = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
];
const TOKEN = 'ecr:GetAuthorizationToken';
const unique = (actions: readonly string[]): readonly string[] => [...new Set(actions)].toSorted();

const WRITER = [
  'src/registry/ecr/ecr-tag-writer.ts',
  'src/registry/ecr/ecr-locks.ts',
  'src/registry/ecr/describe-tag.ts',
];

// `lazaret doctor` tries the rights of both, and finds a repository to try them in.
const DOCTOR = 'src/registry/ecr/probe-rights.ts';
const FIND = 'ecr:DescribeRepositories';

describe('the rights in deploy/aws', () => {
  it('are for who reads: pulling, listing tags, and what the code calls that writes nothing', () => {
    const readers = files('src/registry/ecr').filter((path) => ![...WRITER, DOCTOR].includes(path));
    expect(allowed('reader')).toEqual(unique([...PULL, ...LIST_TAGS, ...calledOfEcr(...readers)]));
  });

  it('are for who writes: reading the manifest, storing "released", and what the writer calls', () => {
    const called = calledOfEcr(...WRITER);
    expect(called).toEqual(expect.arrayContaining(['ecr:PutImage', 'ecr:BatchDeleteImage']));
    // What is put under a tag was read by digest before.
    expect(allowed('writer')).toEqual(unique([TOKEN, FIND, 'ecr:BatchGetImage', ...PUSH_BLOB, ...called]));
  });

  it('leave out no action the code knows', () => {
    const [, union = ''] = /export type EcrAction =([^;]+);/.exec(text('src/registry/ecr/ecr-api.ts')) ?? [];
    const known = [...union.matchAll(/'(\w+)'/g)].map(([, action]) => `ecr:${action}`);
    expect(known.length).toBeGreaterThan(3);
    expect([...allowed('reader'), ...allowed('writer')]).toEqual(expect.arrayContaining(known));
  });

  it('are for who reads the queue: each command of the SDK the code sends, and no other', () => {
    const sent = files('src/sources/sqs').flatMap((path) => [...text(path).matchAll(/new sdk\.(\w+)Command\(/g)]);
    // A batch takes the right of what it is a batch of.
    const actions = sent.map(([, command]) => `sqs:${command?.replace(/Batch$/, '')}`);
    expect(actions.length).toBeGreaterThan(3);
    expect(allowed('events')).toEqual(unique(actions));
  });

  it('are all that doctor asks for, so that it finds nothing missing', () => {
    const tried = calledOfEcr(DOCTOR);
    expect(tried.length).toBeGreaterThan(3);
    expect([...allowed('reader'), ...allowed('writer')]).toEqual(expect.arrayContaining([...tried]));
  });

  it('let the rule alone send to the queue, and nobody in clear text', () => {
    const [sends, clear] = policy('queue').Statement;
    expect(sends).toMatchObject({
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Condition: { ArnEquals: { 'aws:SourceArn': `$\{rule}` } },
    });
    expect(clear).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(policy('queue').Statement).toHaveLength(2);
  });

  it.each(['reader', 'writer', 'events'] as const)('name no action with a star, nor all resources: %s', (name) => {
    for (const action of allowed(name)) expect(action).toMatch(/^(?:ecr|sqs):[A-Za-z]+$/);
    const everywhere = policy(name).Statement.filter(({ Resource }) => Resource === '*');
    // AWS knows no resource for a token.
    expect(everywhere.every(({ Action }) => Action === TOKEN)).toBe(true);
  });

  it('are told in docs/ecr.md', () => {
    const documented = [...text('docs/ecr.md').matchAll(/`((?:ecr|sqs):\w+)`/g)].map(([, action]) => action ?? '');
    const all = [...allowed('reader'), ...allowed('writer'), ...allowed('events')];
    expect(unique(documented)).toEqual(unique(all));
  });
});

describe('deploy/aws/cloudformation.yaml', () => {
  const template = parse(text('deploy/aws/cloudformation.yaml')) as {
    readonly Resources: Readonly<Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>>;
  };
  const of = (name: string, property: string): unknown => template.Resources[name]?.Properties[property];
  const repositories = (name: string) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:ecr:\${AWS::Region}:\${AWS::AccountId}:repository/${name}`,
  });
  const NAMES: Readonly<Record<string, unknown>> = {
    '${repositories}': repositories(`$\{Repositories}`),
    '${registry}': repositories('*'),
    '${queue}': { 'Fn::GetAtt': 'Events.Arn' },
    '${rule}': { 'Fn::GetAtt': 'Pushes.Arn' },
  };
  const named = (name: PolicyName): unknown =>
    JSON.parse(JSON.stringify(policy(name)), (_, value) => (typeof value === 'string' && NAMES[value]) || value);

  it.each([
    ['Reader', 'reader'],
    ['Writer', 'writer'],
    ['EventReader', 'events'],
    ['QueuePolicy', 'queue'],
  ] as const)('gives the very rights of the policies: %s', (resource, name) => {
    expect(of(resource, 'PolicyDocument')).toEqual(named(name));
  });

  it('has the rule send the same events to the queue, which encrypts them and sets aside what cannot be read', () => {
    expect(of('Pushes', 'EventPattern')).toEqual(JSON.parse(text('deploy/aws/event-pattern.json')));
    expect(of('Pushes', 'Targets')).toEqual([{ Id: 'queue', Arn: { 'Fn::GetAtt': 'Events.Arn' } }]);
    for (const queue of ['Events', 'Unreadable']) expect(of(queue, 'SqsManagedSseEnabled')).toBe(true);
    expect(of('Events', 'RedrivePolicy')).toMatchObject({ deadLetterTargetArn: { 'Fn::GetAtt': 'Unreadable.Arn' } });
  });
});

describe('deploy/aws/lazaret.tf', () => {
  const terraform = text('deploy/aws/lazaret.tf');

  it.each(POLICIES)('gives the rights of policies/%s.json, and names all that stands open in it', (name) => {
    const path = `templatefile("\${path.module}/policies/${name}.json", {`;
    const from = terraform.indexOf(path);
    expect(from).toBeGreaterThan(0);
    const given = terraform.slice(from + path.length, terraform.indexOf('})', from));
    const names = [...given.matchAll(/(\w+)\s*=/g)].map(([, variable]) => variable ?? '');
    const open = [...text(`deploy/aws/policies/${name}.json`).matchAll(/\$\{(\w+)\}/g)].map(([, each]) => each ?? '');
    expect(unique(names)).toEqual(unique(open));
  });

  it('has the rule send the same events to a queue that encrypts them and sets aside what cannot be read', () => {
    expect(terraform).toContain('/event-pattern.json")');
    expect(terraform.match(/sqs_managed_sse_enabled\s+= true/g)).toHaveLength(2);
    expect(terraform).toContain('deadLetterTargetArn = aws_sqs_queue.unreadable.arn');
  });
});

it('the rule of deploy/aws sends the types of events that the dialect reads, and no others', () => {
  const pattern = JSON.parse(text('deploy/aws/event-pattern.json')) as { readonly 'detail-type': readonly string[] };
  const read = [...text('src/sources/dialects/ecr.ts').matchAll(/^ {2}'(ECR [\w ]+)':/gm)].map(
    ([, type]) => type ?? '',
  );
  expect(read.length).toBeGreaterThan(2);
  expect(unique(pattern['detail-type'])).toEqual(unique(read));
});
