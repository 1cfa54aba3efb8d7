import { z } from 'zod';
import { API_KINDS, type ApiKind } from '../domain/api-kind.ts';
import { addFault } from '../kit/schema-fields.ts';
import { isNearby } from './nearby.ts';

/** What only entries of registries with an API of their own have. */
export const API_FIELDS = {
  apiUrl: z
    .string()
    .optional()
    .describe(
      'Only `kind: harbor`, `gitlab` and `quay`: where its API is, such as `https://gitlab.example.com`. Default: at the ' +
        '`url`; for registry.gitlab.com at https://gitlab.com.',
    ),
};

interface Written {
  readonly url: string;
  readonly kind: string;
  readonly plainHttp: boolean;
  readonly apiUrl?: string | undefined;
}

const GITLAB_COM = { registry: 'registry.gitlab.com', api: 'https://gitlab.com' };

/** Checks that an API goes with the kind, that its place is known, and that no password goes there in clear text. */
export function checkApi({ url, kind, plainHttp, apiUrl }: Written, context: z.core.$RefinementCtx): void {
  if (typeof url !== 'string') return;
  if (apiUrl === undefined) {
    if (kind !== 'gitlab' || URL.parse(url)?.host === GITLAB_COM.registry) return;
    const hint = 'GitLab has its registry and its API at two addresses: write that of the API, the one people open.';
    addFault(context, { message: 'missing key "apiUrl"', hint });
    return;
  }
  if (!isApiKind(kind)) {
    addFault(context, { message: `\`apiUrl\` is for \`kind: ${API_KINDS.join('`, `')}\` only` }, ['apiUrl']);
    return;
  }
  const place = URL.parse(apiUrl);
  const isRoot = place?.pathname === '/' && place.search === '' && place.hash === '' && place.username === '';
  if (!isRoot || !/^https?:$/.test(place.protocol)) {
    addFault(context, { message: 'expected an address such as https://gitlab.example.com' }, ['apiUrl']);
  } else if (place.protocol === 'http:' && !plainHttp) {
    addFault(context, { message: 'expected https, got plain http', hint: 'Write https://, or `plainHttp: true`.' }, [
      'apiUrl',
    ]);
  } else if (place.protocol === 'http:' && !isNearby(place.hostname)) {
    addFault(context, { message: `credentials would go to ${place.host} in clear text` }, ['apiUrl']);
  }
}

/** Where the API of a registry is, if it has one of its own. */
export function parseApi({ url, kind, apiUrl }: Omit<Written, 'plainHttp'>): {
  readonly api?: { readonly kind: ApiKind; readonly url?: URL };
} {
  if (!isApiKind(kind)) return {};
  const isGitlabCom = kind === 'gitlab' && new URL(url).host === GITLAB_COM.registry;
  const place = apiUrl ?? (isGitlabCom ? GITLAB_COM.api : undefined);
  return { api: { kind, ...(place !== undefined && { url: new URL(place) }) } };
}

function isApiKind(kind: string): kind is ApiKind {
  return API_KINDS.some((each) => each === kind);
}
