import { isJsonObject } from '../../kit/json.ts';
import type { HarborApi } from './harbor-api.ts';

/** A label, and the project it is for. */
export interface LabelPlace {
  readonly repository: string;
  readonly label: string;
  readonly projectId: number;
}

/** Harbor gives a hundred labels a page at most, and finds all whose names have ours in them: so many are looked at. */
const PAGE = 100;
const PAGES = 10;

/** The id of the label with exactly this name: that of all projects, or this project's. `undefined`: there is none. */
export async function findLabel(api: HarborApi, place: LabelPlace, signal?: AbortSignal): Promise<number | undefined> {
  return (
    (await findIn(api, place, { scope: 'g' }, signal)) ??
    (await findIn(api, place, { scope: 'p', project_id: String(place.projectId) }, signal))
  );
}

async function findIn(
  api: HarborApi,
  { repository, label }: LabelPlace,
  scope: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const what = 'the labels of Harbor';
  for (let page = 1; page <= PAGES; page++) {
    const query = { ...scope, name: label, page: String(page), page_size: String(PAGE) };
    const reply = await api.send({ method: 'GET', path: 'labels', query, repository }, signal);
    if (reply.status !== 200) throw api.fault(reply, what);
    const entries = api.read(reply, what);
    if (!Array.isArray(entries)) throw api.invalid(what);
    const found = entries.find((entry) => isJsonObject(entry) && entry['name'] === label);
    if (isJsonObject(found) && Number.isSafeInteger(found['id'])) return Number(found['id']);
    if (entries.length < PAGE) return undefined;
  }
  return undefined;
}

/** Makes the project's own label; where somebody else just has, his is taken. @throws {FaultError} `REGISTRY_*` */
export async function makeLabel(api: HarborApi, place: LabelPlace, signal?: AbortSignal): Promise<number> {
  const { repository, label, projectId } = place;
  const body = { name: label, description: DESCRIPTION, color: RED, scope: 'p', project_id: projectId };
  const reply = await api.send({ method: 'POST', path: 'labels', body, repository }, signal);
  const what = `making the label ${label}`;
  if (reply.status !== 201 && reply.status !== 409) throw api.fault(reply, what);
  const id = await findLabel(api, place, signal);
  if (id === undefined) throw api.invalid(what);
  return id;
}

const DESCRIPTION = 'Lazaret could not verify where this image comes from';
/** One of the colours that Harbor's own page offers. */
const RED = '#C92100';
