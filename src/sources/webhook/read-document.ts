/** Reads one document of an issuer, by https only and in bounds. @throws {FaultError} `ISSUER_UNAVAILABLE` */
export type ReadDocument = (url: URL) => Promise<Uint8Array>;
