/** The users every authenticating test registry knows, by name. Hashes are bcrypt at its lowest cost, for speed. */
export const TEST_USERS = {
  /** May do everything. */
  writer: { password: 'writer-pw', bcrypt: '$2b$04$4GCvqavQvDOtfAGp.EwDRuDsHi6inyPYTFtDm4OphPnwO023TeQ9e' },
  /** May read only, where the registry tells users apart. */
  reader: { password: 'reader-pw', bcrypt: '$2b$04$wDfZd52OppNc4Zoy/cTYZuIvuOcskRyiuDnE61kj0bggzJnU.ig/O' },
  /** May do everything; for write credentials that differ from the reading ones. */
  tagger: { password: 'tagger-pw', bcrypt: '$2b$04$3.wZUSZQZ7JYbsH2QXVK7uUKyo6eMxfcV.4LtXY1QThlW1827dPRe' },
} as const;
