import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import { Secret } from '../../../../src/kit/secret.ts';
import { startHarborLabels } from '../../../support/harbor-labels.ts';
import { openHarbor } from '../../../support/open-harbor.ts';

const REPOSITORY = 'acme/team/app';
const IMAGE = digestOf(Buffer.from('an image'));
const LABEL = 'quarantined';

async function start() {
  const harbor = await startHarborLabels();
  harbor.put(REPOSITORY, IMAGE);
  return { harbor, ...openHarbor(harbor) };
}

describe('labels in a Harbor', () => {
  it('makes the label for the project where there is none of the name', async () => {
    const { harbor, writer } = await start();
    harbor.make('not-quarantined', 'g');
    harbor.make('quarantined-elsewhere', 'p');
    await writer.add(REPOSITORY, IMAGE, LABEL);
    expect(harbor.made.at(-1)).toMatchObject({ name: LABEL, scope: 'p', project_id: 7 });
    expect(harbor.on(IMAGE)).toEqual([LABEL]);
  });

  it('takes the label of all projects where there is one', async () => {
    const { harbor, writer } = await start();
    harbor.make(LABEL, 'g');
    await writer.add(REPOSITORY, IMAGE, LABEL);
    expect(harbor.made).toHaveLength(1);
  });

  it('finds a label behind a page of others that have its name in theirs', async () => {
    const { harbor, writer } = await start();
    for (let at = 0; at < 150; at++) harbor.make(`${LABEL}-${at}`, 'p');
    harbor.make(LABEL, 'p');
    await writer.add(REPOSITORY, IMAGE, LABEL);
    expect(harbor.made).toHaveLength(151);
    expect(harbor.on(IMAGE)).toEqual([LABEL]);
  });

  it('touches no tag: it asks the API alone, and writes nothing by that of distribution', async () => {
    const { harbor, writer } = await start();
    await writer.add(REPOSITORY, IMAGE, LABEL);
    await writer.remove(REPOSITORY, IMAGE, LABEL);
    expect(harbor.server.requests.filter(({ path }) => !path.startsWith('/api/v2.0/'))).toEqual([]);
  });

  it('names the repository behind its project encoded twice', async () => {
    const { harbor, reader } = await start();
    await reader.read(REPOSITORY, IMAGE, LABEL);
    expect(harbor.server.requests[0]?.path).toContain(`/projects/acme/repositories/team%252Fapp/artifacts/${IMAGE}?`);
  });

  it('takes off both where a label of all projects and one of the project have the name', async () => {
    const { harbor, writer } = await start();
    harbor.hang(IMAGE, harbor.make(LABEL, 'g'));
    harbor.hang(IMAGE, harbor.make(LABEL, 'p'));
    expect(await writer.remove(REPOSITORY, IMAGE, LABEL)).toBe('removed');
    expect(harbor.on(IMAGE)).toEqual([]);
  });

  it.each(['POST', 'DELETE'])('sees at the next try what was done when the answer to %s was lost', async (method) => {
    const { harbor, writer } = await start();
    if (method === 'DELETE') await writer.add(REPOSITORY, IMAGE, LABEL);
    else harbor.make(LABEL, 'p');
    const act = () =>
      method === 'POST' ? writer.add(REPOSITORY, IMAGE, LABEL) : writer.remove(REPOSITORY, IMAGE, LABEL);
    harbor.answerOnce(`${method} /api/v2.0/projects`, 502, { isDone: true });
    await expect(act()).rejects.toMatchObject({ code: 'REGISTRY_ERROR', retryable: true });
    expect(await act()).toBe(method === 'POST' ? 'on' : 'absent');
  });

  it('takes a label that another put at the same moment for its own', async () => {
    const { harbor, writer } = await start();
    harbor.make(LABEL, 'p');
    harbor.answerOnce('POST /api/v2.0/projects', 409, { isDone: true });
    expect(await writer.add(REPOSITORY, IMAGE, LABEL)).toBe('on');
  });

  it('takes the label that another made at the same moment', async () => {
    const { harbor, writer } = await start();
    harbor.answerOnce('POST /api/v2.0/labels', 409, { isDone: true });
    expect(await writer.add(REPOSITORY, IMAGE, LABEL)).toBe('on');
    expect(harbor.made).toHaveLength(1);
  });

  it.each([
    [401, 'REGISTRY_UNAUTHORIZED'],
    [403, 'REGISTRY_DENIED'],
    [412, 'REGISTRY_ERROR'],
  ])('says %i of a refusal, and asks no more', async (status, code) => {
    const { harbor, writer } = await start();
    harbor.make(LABEL, 'p');
    harbor.answerOnce('POST /api/v2.0/projects', status, { isDone: false });
    await expect(writer.add(REPOSITORY, IMAGE, LABEL)).rejects.toMatchObject({ code, retryable: false });
    expect(harbor.on(IMAGE)).toEqual([]);
  });

  it('shows the write credentials to the API, as a user with a password', async () => {
    const harbor = await startHarborLabels(`Basic ${Buffer.from('robot$marker:hush').toString('base64')}`);
    harbor.put(REPOSITORY, IMAGE);
    const own = { kind: 'basic', username: 'robot$marker', password: new Secret('hush') } as const;
    expect(await openHarbor(harbor, own).writer.add(REPOSITORY, IMAGE, LABEL)).toBe('on');
    const other = { ...own, password: new Secret('wrong') };
    await expect(openHarbor(harbor, other).writer.add(REPOSITORY, IMAGE, LABEL)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
  });

  it('does not take the answer of something else for an image without labels', async () => {
    const { harbor, writer } = await start();
    harbor.answerOnce('GET /api/v2.0/projects', 200, { isDone: false });
    await expect(writer.remove(REPOSITORY, IMAGE, LABEL)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });
});
