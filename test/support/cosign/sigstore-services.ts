import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ASN1Obj } from '@sigstore/core';
import type { KeylessRequest } from '../sigstore/certificate-authority.ts';
import { toPem } from '../sigstore/evidence-forms.ts';
import type { WorldParts } from '../sigstore-world.ts';
import { proposedBodyV1, proposedBodyV2 } from './log-requests.ts';

/** Fulcio, Rekor (v1 and v2) and a timestamp authority on loopback, as clients speak to them. */
export interface SigstoreServices {
  readonly url: string;
  /** A signing configuration that names some of them. */
  signingConfig(services: readonly SigstoreService[]): string;
  stop(): Promise<void>;
}

export type SigstoreService = 'fulcio' | 'rekor1' | 'rekor2' | 'tsa';

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Starts them, with the keys of a test world.
 * @param identify what the certificate for a token's claims says; the token's signature is not looked at.
 */
export async function startSigstoreServices(
  parts: WorldParts,
  identify: (claims: Readonly<Record<string, unknown>>) => KeylessRequest,
): Promise<SigstoreServices> {
  const routes: Readonly<Record<string, (body: Buffer, request: IncomingMessage) => Reply>> = {
    '/fulcio/api/v2/signingCert': (body, request) => certify(parts, identify, body, request),
    '/rekor1/api/v1/log/entries': (body) => addV1(parts, body),
    '/rekor2/api/v2/log/entries': (body) => addV2(parts, body),
    '/tsa/api/v1/timestamp': (body) => stamp(parts, body),
  };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync<Buffer>(request));
    const route = routes[request.url ?? ''];
    const reply = route?.(body, request) ?? { status: 404, type: 'text/plain', body: `no ${request.url}` };
    response.writeHead(reply.status, { 'content-type': reply.type, ...reply.headers }).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    signingConfig: (services) => signingConfig(url, services, parts.since),
    stop: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto (`SigningConfig`) */
function signingConfig(url: string, services: readonly SigstoreService[], since: Date): string {
  const service = (path: string, majorApiVersion: number) => ({
    url: `${url}${path}`,
    majorApiVersion,
    validFor: { start: since.toISOString() },
    operator: 'world.test',
  });
  const has = (name: SigstoreService) => services.includes(name);
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    ...(has('fulcio') && { caUrls: [service('/fulcio', 1)] }),
    rekorTlogUrls: [
      ...(has('rekor1') ? [service('/rekor1', 1)] : []),
      ...(has('rekor2') ? [service('/rekor2', 2)] : []),
    ],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: has('tsa') ? [service('/tsa/api/v1/timestamp', 1)] : [],
    tsaConfig: { selector: 'ANY' },
  });
}

/** https://github.com/sigstore/fulcio/blob/main/fulcio.proto (`CreateSigningCertificate`) */
function certify(
  parts: WorldParts,
  identify: (claims: Readonly<Record<string, unknown>>) => KeylessRequest,
  body: Buffer,
  request: IncomingMessage,
): Reply {
  const [, claims = ''] = (request.headers.authorization ?? '').split('.');
  const { publicKeyRequest } = JSON.parse(body.toString()) as { publicKeyRequest: { publicKey: { content: string } } };
  const spki = Buffer.from(publicKeyRequest.publicKey.content.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const wanted = identify(JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>);
  const leaf = parts.authority.certify(spki, wanted, parts.ctLog, new Date());
  const certificates = [leaf, ...parts.authority.chain].map(toPem);
  return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
}

/** https://github.com/sigstore/rekor/blob/main/openapi.yaml (`createLogEntry`) */
function addV1({ rekor }: WorldParts, body: Buffer): Reply {
  const entry = rekor.add(proposedBodyV1(body), { at: new Date() });
  const { inclusionProof: proof, inclusionPromise: promise } = entry;
  if (proof === undefined || promise === undefined) throw new Error('the log gave no proof');
  const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');
  const uuid = randomUUID().replaceAll('-', '').padStart(80, '0');
  const answer = {
    body: entry.canonicalizedBody,
    integratedTime: Number(entry.integratedTime),
    logID: hex(entry.logId.keyId),
    logIndex: Number(entry.logIndex),
    verification: {
      signedEntryTimestamp: promise.signedEntryTimestamp,
      inclusionProof: {
        checkpoint: proof.checkpoint.envelope,
        hashes: proof.hashes.map(hex),
        logIndex: Number(proof.logIndex),
        rootHash: hex(proof.rootHash),
        treeSize: Number(proof.treeSize),
      },
    },
  };
  const headers = { etag: uuid, location: `/rekor1/api/v1/log/entries/${uuid}` };
  return { ...json(201, { [uuid]: answer }), headers };
}

/** https://github.com/sigstore/rekor-tiles/blob/main/api/proto/rekor/v2/rekor_service.proto (`CreateEntry`) */
function addV2({ rekor2 }: WorldParts, body: Buffer): Reply {
  return json(201, rekor2.add(proposedBodyV2(body), { at: new Date() }));
}

/** RFC 3161 §3.4; the request's imprint is its only octet string. */
function stamp({ tsa }: WorldParts, body: Buffer): Reply {
  const imprint = ASN1Obj.parseBuffer(Buffer.from(body)).subs[1]?.subs[1]?.value;
  if (imprint?.length !== 32) throw new Error('a timestamp was asked for over something else than a SHA-256');
  return { status: 201, type: 'application/timestamp-reply', body: tsa.stampHash(imprint, { at: new Date() }) };
}

function json(status: number, body: unknown): Reply {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}
