import { isJsonObject } from '../../kit/json.ts';
import type { TagRules } from '../probe-capabilities.ts';
import type { ApiClient } from './api-client.ts';

/**
 * Whether the project of a repository has a rule that keeps tags from being moved; Harbor tells that to those who may
 * list the rules, which robots for reading may not: `null`, it could not be told.
 * https://goharbor.io/docs/2.14.0/working-with-projects/working-with-images/create-tag-immutability-rules/
 * @throws {FaultError} `REGISTRY_*`
 */
export async function readHarborTagRules(
  api: ApiClient,
  repository: string | undefined,
  signal?: AbortSignal,
): Promise<TagRules | null> {
  if (repository === undefined) return null;
  const project = repository.split('/', 1)[0] ?? '';
  const path = `/api/v2.0/projects/${encodeURIComponent(project)}/immutabletagrules`;
  const answer = await api.get(path, { page_size: '100' }, 'the rules about tags of a project', signal);
  if (answer.kind === 'refused' || !Array.isArray(answer.body)) return null;
  const rules: readonly unknown[] = answer.body;
  const isStrict = rules.some((rule) => isJsonObject(rule) && rule['disabled'] !== true);
  return { support: isStrict ? 'yes' : 'no', repository };
}
