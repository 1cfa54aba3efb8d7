/** Kinds of registries that have an API of their own, besides that of distribution, to be asked what lies in them. */
export const API_KINDS = ['harbor', 'gitlab', 'quay'] as const;

export type ApiKind = (typeof API_KINDS)[number];
