import type { Digest } from '../../domain/digest.ts';
import { isRepositoryName } from '../../domain/image-reference.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import type { LabelReader, LabelWriter } from '../../ports/labels.ts';
import { artifactsPath } from '../harbor-path.ts';
import { isDefiniteAbsence } from '../registry-fault.ts';
import type { HarborApi } from './harbor-api.ts';
import { findLabel, makeLabel } from './harbor-label-ids.ts';

/** An image as Harbor has it, with the ids of those of its labels that have our name. */
interface Artifact {
  readonly projectId: number;
  readonly ids: readonly number[];
}

/** Creates what looks at labels in a Harbor. https://goharbor.io/docs/2.14.0/working-with-projects/working-with-images/create-labels/ */
export function createHarborLabelReader(api: HarborApi): LabelReader {
  return {
    async read(repository, digest, label, signal) {
      const artifact = await readArtifact(api, { repository, digest, label }, signal);
      if (artifact === null) return 'gone';
      return artifact.ids.length > 0 ? 'on' : 'off';
    },
  };
}

/**
 * Creates what hangs labels on images of a Harbor: no tag is touched, and no event comes of it. The label is that of all
 * projects if there is one of the name, else the project's own, which is made where it is missing.
 */
export function createHarborLabelWriter(api: HarborApi): LabelWriter {
  return {
    async add(repository, digest, label, signal) {
      const target = { repository, digest, label };
      const artifact = await readArtifact(api, target, signal);
      if (artifact === null) return 'gone';
      if (artifact.ids.length > 0) return 'on';
      const place = { repository, label, projectId: artifact.projectId };
      const id = (await findLabel(api, place, signal)) ?? (await makeLabel(api, place, signal));
      const path = `${pathOf(target)}/labels`;
      const reply = await api.send({ method: 'POST', path, body: { id }, repository }, signal);
      // Meanwhile somebody else, or a request of ours whose answer was lost, has put it there.
      if (reply.status === 200 || reply.status === 201 || reply.status === 409) return 'on';
      const isGone = isDefiniteAbsence(reply) && (await readArtifact(api, target, signal)) === null;
      if (isGone) return 'gone';
      throw api.fault(reply, `putting the label ${label} on ${repository}@${digest}`);
    },
    async remove(repository, digest, label, signal) {
      const target = { repository, digest, label };
      const artifact = await readArtifact(api, target, signal);
      if (artifact === null) return 'gone';
      for (const id of artifact.ids) {
        const path = `${pathOf(target)}/labels/${id}`;
        const reply = await api.send({ method: 'DELETE', path, repository }, signal);
        if (reply.status === 200 || isDefiniteAbsence(reply)) continue;
        throw api.fault(reply, `taking the label ${label} off ${repository}@${digest}`);
      }
      return artifact.ids.length > 0 ? 'removed' : 'absent';
    },
  };
}

interface Target {
  readonly repository: string;
  readonly digest: Digest;
  readonly label: string;
}

function pathOf({ repository, digest }: Target): string {
  if (isRepositoryName(repository)) return `${artifactsPath(repository)}/${digest}`;
  throw new InvalidInputError('REFERENCE_INVALID', 'expected the name of a repository such as acme/app, got another');
}

/** `null`: Harbor itself says that there is no such image. */
async function readArtifact(api: HarborApi, target: Target, signal?: AbortSignal): Promise<Artifact | null> {
  const { repository, digest, label } = target;
  const what = `the labels of ${repository}@${digest}`;
  // Of its tags there may be a thousand, and none of them is of interest.
  const query = { with_label: 'true', with_tag: 'false' };
  const reply = await api.send({ method: 'GET', path: pathOf(target), query, repository }, signal);
  if (isDefiniteAbsence(reply)) return null;
  if (reply.status !== 200) throw api.fault(reply, what);
  const body = api.read(reply, what);
  const projectId = isJsonObject(body) ? body['project_id'] : undefined;
  const labels = isJsonObject(body) ? (body['labels'] ?? []) : undefined;
  const isOther = !isJsonObject(body) || body['digest'] !== digest;
  if (isOther || typeof projectId !== 'number' || !Array.isArray(labels)) throw api.invalid(what);
  return { projectId, ids: labels.flatMap((entry) => idOf(entry, label)) };
}

function idOf(entry: unknown, label: string): readonly number[] {
  if (!isJsonObject(entry) || entry['name'] !== label) return [];
  const { id } = entry;
  return Number.isSafeInteger(id) ? [Number(id)] : [];
}
