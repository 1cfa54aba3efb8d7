import { isJsonObject } from '../../kit/json.ts';
import { parseStrictYaml } from '../../kit/strict-yaml.ts';
import { exampleSchema, type PolicyExample } from './example-schema.ts';
import type { PolicyFile } from './parse-policy-documents.ts';

/** An example, and where it stands. */
export interface LocatedExample {
  readonly example: PolicyExample;
  /** Name of the policy it belongs to: it is judged by that alone. */
  readonly policy: string;
  readonly file: string;
  /** `file:line:column`. */
  readonly where: string;
}

/** The examples in policy files that `parsePolicyDocuments` has found to be in order. */
export function parsePolicyExamples(files: readonly PolicyFile[]): readonly LocatedExample[] {
  return files.flatMap(({ file, text }) =>
    parseStrictYaml(file, text).documents.flatMap((document) => {
      const { value } = document;
      const metadata = isJsonObject(value) ? value['metadata'] : undefined;
      const policy = isJsonObject(metadata) ? metadata['name'] : undefined;
      const examples = isJsonObject(value) ? value['examples'] : undefined;
      if (typeof policy !== 'string' || !Array.isArray(examples)) return [];
      return examples.map((written, index): LocatedExample => {
        const example = toExample(exampleSchema.parse(written));
        return { example, policy, file, where: document.locate(['examples', index]) };
      });
    }),
  );
}

function toExample(written: ReturnType<typeof exampleSchema.parse>): PolicyExample {
  const { name, image, evidence = [], findings, manifest, trust, at, expect, code } = written;
  return {
    name,
    image,
    evidence,
    trust,
    expect,
    ...(findings !== undefined && { findings }),
    ...(manifest !== undefined && { manifest }),
    ...(at !== undefined && { at }),
    ...(code !== undefined && { code }),
  };
}
