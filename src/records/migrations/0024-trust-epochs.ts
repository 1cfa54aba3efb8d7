import type { Migration } from './migration.ts';

/** Which content of the trust roots each epoch stands for, and when a process last said that it uses it. */
export const agreeOnEpochs: Migration = {
  version: 24,
  name: 'trust epochs',
  sql: `
CREATE TABLE trust_epochs (
  epoch   bigint      PRIMARY KEY,
  content text        NOT NULL,
  used_at timestamptz NOT NULL DEFAULT now()
);
`,
};
