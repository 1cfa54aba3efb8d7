import type { Pushed } from '../oci-push.ts';
import { pushImage, pushIndex } from '../push-image.ts';
import type { Bench, BenchRegistry } from './bench.ts';
import { type Answer, type Question, REPLAY_HOST, type Recording } from './recording.ts';
import type { SigstoreService } from './sigstore-services.ts';

/** Who signs: a key of the bench, or whoever a token names. */
export type Signer =
  | { readonly key: string }
  | {
      readonly token: Readonly<Record<string, unknown>>;
      /** Certified is this key; one made for the occasion by default. */
      readonly key?: string;
    };

export interface SignOptions {
  /** Logs and timestamp authorities asked; none by default. */
  readonly services?: readonly SigstoreService[];
  /** The format before bundles. */
  readonly legacy?: boolean;
  /** Without a trusted root cosign does not verify what it signed before it pushes it. */
  readonly unchecked?: boolean;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type AskedQuestion = Omit<Question, 'name' | 'image' | 'proof'> & {
  readonly name?: string;
  readonly proof?: Question['proof'];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** The bench as one case uses it: a repository of its own, and a record of all that was done and answered. */
export interface CaseBench {
  readonly bench: Bench;
  readonly registry: BenchRegistry;
  readonly repository: string;
  image(tag: string): Promise<Pushed>;
  index(tag: string, children: readonly Pushed[]): Promise<Pushed>;
  sign(image: Pushed, signer: Signer, options?: SignOptions): Promise<void>;
  attest(image: Pushed, signer: Signer, predicate: Predicate, options?: SignOptions): Promise<void>;
  /** Has cosign answer. */
  ask(image: Pushed, question: AskedQuestion): Promise<void>;
  /** Says what was changed by hand. */
  note(text: string): void;
  readonly done: { readonly signing: readonly string[]; readonly questions: Recording['questions'] };
}

export interface Predicate {
  /** As cosign's `--type` takes it. */
  readonly type: string;
  /** File of the predicate in the bench's folder. */
  readonly file: string;
}

/** cosign would not sign. */
export class CosignRefusal extends Error {
  readonly command: string;

  constructor(command: string, says: string) {
    super(says);
    this.command = command;
  }
}

export function openCase(bench: Bench, registry: BenchRegistry, repository: string): CaseBench {
  const signing: string[] = [];
  const questions: (Question & { readonly answer: Answer })[] = [];
  const reference = (image: Pushed) => `${registry.host}/${repository}@${image.digest}`;
  const clean = (text: string) =>
    text.replaceAll(registry.host, REPLAY_HOST).replaceAll(bench.servicesUrl, 'http://sigstore.test');
  const plain = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    clean(
      [...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'cosign', ...args.map(shorten)].join(' '),
    );

  async function make(command: readonly string[], image: Pushed, signer: Signer, options: SignOptions): Promise<void> {
    const services: readonly SigstoreService[] = [
      ...('token' in signer ? (['fulcio'] as const) : []),
      ...(options.services ?? []),
    ];
    const legacy = options.legacy === true;
    const args = [
      ...command,
      ...(signer.key === undefined ? [] : ['--key', `${signer.key}.key`]),
      ...('token' in signer ? ['--identity-token', unsignedToken(signer.token)] : []),
      '--yes',
      ...(legacy ? legacyServices(bench, services) : await configuredServices(bench, services)),
      ...(legacy || options.unchecked === true ? [] : ['--trusted-root', 'trusted-root.json']),
      ...(options.flags ?? []),
      reference(image),
    ];
    const { exitCode, stderr } = await bench.cosign(args, options.env);
    signing.push(plain(args, options.env));
    if (exitCode !== 0) throw new CosignRefusal(`${signing.at(-1)}`, clean(reasonIn(stderr)));
  }

  return {
    bench,
    registry,
    repository,
    image: (tag) => pushImage(registry.url, repository, tag),
    index: (tag, children) => pushIndex(registry.url, repository, tag, children),
    sign: (image, signer, options = {}) => make(['sign'], image, signer, options),
    attest: (image, signer, { type, file }, options = {}) =>
      make(['attest', '--type', type, '--predicate', file], image, signer, options),
    ask: async (image, { name, flags = [], env, ...asked }) => {
      const question = { proof: 'none', ...asked, image: image.digest } as const;
      const args = [...verifyArguments(question), ...flags, reference(image)];
      const { exitCode, stderr } = await bench.cosign(args, env);
      const says = exitCode === 0 ? undefined : clean(reasonIn(stderr));
      const answer = { command: plain(args, env), exitCode, ...(says !== undefined && { says }) };
      questions.push({ name: name ?? nameOf(question, flags), ...question, answer });
    },
    note: (text) => signing.push(`# ${text}`),
    done: { signing, questions },
  };
}

async function configuredServices(bench: Bench, services: readonly SigstoreService[]): Promise<readonly string[]> {
  return ['--signing-config', await bench.signingConfig(services)];
}

// cosign refuses a signing configuration with the format before bundles; by these flags it knows Rekor v1 only.
function legacyServices({ servicesUrl }: Bench, services: readonly SigstoreService[]): readonly string[] {
  return [
    ...['--new-bundle-format=false', '--use-signing-config=false'],
    ...(services.includes('fulcio') ? ['--fulcio-url', `${servicesUrl}/fulcio`] : []),
    ...(services.includes('rekor1') ? ['--rekor-url', `${servicesUrl}/rekor1`] : ['--tlog-upload=false']),
    ...(services.includes('tsa') ? ['--timestamp-server-url', `${servicesUrl}/tsa/api/v1/timestamp`] : []),
  ];
}

function verifyArguments({ signer, type, proof, sct }: Omit<Question, 'name'>): readonly string[] {
  return [
    ...(type === undefined ? ['verify'] : ['verify-attestation', '--type', type]),
    ...('key' in signer
      ? ['--key', `${signer.key}.pub`]
      : ['--certificate-identity', signer.subject, '--certificate-oidc-issuer', signer.issuer]),
    ...['--trusted-root', 'trusted-root.json'],
    // Without an entry it would look in the public log.
    ...(proof.includes('log') ? ['--offline'] : ['--insecure-ignore-tlog']),
    ...(sct === 'ignored' ? ['--insecure-ignore-sct'] : []),
    ...(proof.includes('timestamp') ? ['--use-signed-timestamps'] : []),
  ];
}

function nameOf({ signer, type, proof, sct }: Omit<Question, 'name'>, flags: readonly string[]): string {
  const who = 'key' in signer ? signer.key : signer.subject.split('/').slice(-3).join('/');
  const what = type === undefined ? 'signature' : type;
  const more = [
    ...(proof === 'none' ? [] : [`with ${proof}`]),
    ...(sct === 'ignored' ? ['without SCT'] : []),
    ...flags,
  ];
  return [`${what} by ${who}`, ...more].join(' ');
}

/** cosign writes warnings and progress before, and the same sentence again after, what it refuses with. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /^Error:|^error during|^main\.go/.test(line));
  return (lines[0] ?? stderr).replace(/^Error: (?:signing \[?[^ ]*: )?/, '').slice(0, 240);
}

// cosign wants a token that looks signed; nobody here looks at the signature.
function unsignedToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 600;
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ aud: 'sigstore', exp, ...claims })}.AAAA`;
}

function shorten(argument: string): string {
  return argument.startsWith('eyJ') ? 'TOKEN' : argument;
}
