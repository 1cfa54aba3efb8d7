import { configJsonSchema } from '../../src/config/json-schema.ts';

/** The parts of JSON Schema that ours uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const INTRODUCTION = `# Configuration

<!-- Written by test/unit/config/reference.test.ts from the schema: \`npm run -s docs\` -->

Lazaret reads one YAML file: the one named by \`--config\`, else \`lazaret.yaml\` in the working directory, else
\`/etc/lazaret/lazaret.yaml\`. It is read strictly: an unknown key is an error, and so is an anchor, a tag or a repeated
key. \`lazaret config check\` finds every fault at once, with its line; \`lazaret config schema\` prints the JSON Schema
for your editor.

* **Paths** are relative to the file that names them.
* **Secrets** lie in files (keys that end in \`File\`) or in environment variables (keys that end in \`Env\`, which hold
  the variable's name). They are read at the start and never printed. A newline at the end of such a file is ignored.
* **Durations** are whole numbers with \`s\`, \`m\`, \`h\`, \`d\` or \`w\`: \`90s\`, \`1h30m\`.
* **Globs** know \`*\` (within one part of a path), \`**\` (any number of parts) and \`?\`.

What images must prove is written in [policies](policies.md).
`;

const TRUST = `
### Where trust roots come from

Two are there without being configured. \`sigstore\` is the public-good instance, which signers have that name none.
\`github\` is GitHub's own, which signs the attestations of private repositories: it has a timestamp authority and no
public logs, so \`{ log: 0, sct: 0, time: 1 }\` are its thresholds. It attests GitHub's releases too. An entry with one of these names takes its place.

Both come from what Lazaret was packaged with at first, so that a start never waits for a network, and are then
refreshed by TUF every hour, in the background, if a policy names them: from \`tuf-repo-cdn.sigstore.dev\` and
\`tuf-repo.github.com\`. When the repository cannot be reached, the last good state is used until its timestamp expires
(a week for both); you are told after a day. After that the verdicts that need it are \`indeterminate\`: nothing is
written to a registry until it is back.

On a machine without a network, write \`- { name: sigstore, refresh: false }\`: what Lazaret was packaged with is then used
until it expires (\`lazaret doctor\` says when), which an update of Lazaret renews. GitHub takes new authorities into use
about twice a year, and an older trust root does not know what they sign, so rather keep its newest one in a file:
\`- { name: github, trustedRootFile: github.json }\`, with the line of \`gh attestation trusted-root\` that names
\`fulcio.githubapp.com\`.

A private instance is a \`trusted_root.json\`, or a TUF repository of yours with its first \`root.json\`. Its
fields may have the names of protobuf too (\`raw_bytes\`). Its timestamp
authorities may have ECDSA, Ed25519 or RSA keys (PKCS #1 v1.5, at least 2,048 bits) and sign with SHA-256, SHA-384 or SHA-512.

A certificate authority of a company that issues certificates for signing code needs \`chains: true\` if signers bring what
is between theirs and the root (\`cosign sign --key … --certificate … --certificate-chain …\`), or if their certificates
name no OIDC issuer. Such signers are named in policies by \`trust\` and \`subject\` alone. Of what a signature brings, only
certificates of authorities count that may issue for signing code and were valid when it was made, at most seven; one that
limits names is not used. Nothing else changes: the root must still vouch for all of it, and a time must be proved, so
\`thresholds: { log: 0, sct: 0 }\` is usual with a timestamp authority.

A change of any trust root in use begins a new trust epoch, under which every image is judged again. An older state of a
TUF repository than one seen before is refused.
`;

/** The whole of docs/configuration.md. */
export function renderConfigReference(examples: { readonly minimal: string; readonly full: string }): string {
  const root = configJsonSchema() as Schema;
  const sections = Object.entries(root.properties ?? {}).map(([key, schema]) => {
    const isRequired = root.required?.includes(key) === true && schema.default === undefined;
    return renderSection(key, schema, isRequired) + (key === 'trust' ? TRUST : '');
  });
  return [
    INTRODUCTION,
    '## The least you need\n',
    `\`\`\`yaml\n${examples.minimal}\`\`\`\n`,
    ...sections,
    '## Everything at once\n',
    `\`\`\`yaml\n${examples.full}\`\`\`\n`,
  ].join('\n');
}

function renderSection(key: string, schema: Schema, isRequired: boolean): string {
  const list = schema.type === 'array' ? schema.items : undefined;
  const described = list ?? schema;
  const head = `## \`${key}\`\n\n${schema.description ?? ''}${list === undefined ? '' : ' A list.'}${isRequired ? ' Required.' : ''}\n`;
  if (described.oneOf !== undefined) {
    const kinds = described.oneOf.map((kind) => {
      const { kind: constant, ...properties } = kind.properties ?? {};
      const name = String(constant?.const ?? constant?.enum?.[0]);
      return `### \`kind: ${name}\`\n\n${constant?.description ?? ''}\n\n${renderTable({ ...kind, properties })}`;
    });
    return `${head}\n${kinds.join('\n')}`;
  }
  if (described.properties !== undefined) return `${head}\n${renderTable(described)}`;
  return `${head}\n${typeOf(schema)}${defaultOf(schema) === '' ? '' : `; default ${defaultOf(schema)}`}.\n`;
}

function renderTable(schema: Schema): string {
  const rows = rowsOf(schema, '').map((row) => `| ${row.join(' | ')} |`);
  return `| key | type | default | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

type Row = readonly [key: string, type: string, fallback: string, meaning: string];

function rowsOf(schema: Schema, prefix: string): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const path = `${prefix}${key}`;
    const inner = [property, ...(property.anyOf ?? [])].find((option) => option.properties !== undefined);
    const isRequired = schema.required?.includes(key) === true && property.default === undefined;
    const fallback = isRequired ? '*required*' : defaultOf(property);
    const row: Row = [`\`${path}\``, typeOf(property), fallback, (property.description ?? '').replaceAll('|', '\\|')];
    return inner === undefined ? [row] : [row, ...rowsOf(inner, `${path}.`)];
  });
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return [...new Set(options.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'text' : typeOf(schema.items)}`;
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: '`true`, `false`',
    object: 'object',
  };
  return names[schema.type ?? ''] ?? 'text';
}

function defaultOf({ default: value }: Schema): string {
  if (value === undefined) return '';
  if (Array.isArray(value) && value.length === 0) return '';
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
