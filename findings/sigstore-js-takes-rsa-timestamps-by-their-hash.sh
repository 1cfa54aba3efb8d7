#!/usr/bin/env bash
# @sigstore/core 4.0.1, seen 2026-11-28 with Node 24 and OpenSSL 3.0.
#
# Expected: whether a timestamp of an authority with an RSA key is taken does not depend on the hash it signs with; the
# library lists the algorithms of ECDSA alone, so none is.
# Seen: one signed with SHA-256 verifies and one with SHA-512 does not, both by one authority over the same bytes, and
# OpenSSL takes both. The library knows no algorithm of either and hands Node none, which then means SHA-256.
#
# Needs npm's registry, Node 24 and OpenSSL. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --ignore-scripts --no-audit --no-fund @sigstore/core@4.0.1 >/dev/null

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /O=Acme/CN=Root -days 2 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /O=Acme/CN=Stamper 2>/dev/null
printf 'extendedKeyUsage=critical,timeStamping\n' >tsa.ext
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile tsa.ext -out tsa.pem 2>/dev/null
echo 01 >serial
cat >ts.cnf <<'CNF'
[tsa]
default_tsa = stamper
[stamper]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
CNF
printf data >data
openssl ts -query -data data -sha256 -no_nonce -cert -out request.tsq 2>/dev/null
for hash in sha256 sha512; do
  openssl ts -reply -config ts.cnf -queryfile request.tsq -signer tsa.pem -inkey tsa.key "-$hash" -out "$hash.tsr" 2>/dev/null
  openssl ts -verify -data data -in "$hash.tsr" -CAfile ca.pem 2>/dev/null | sed "s/^/OpenSSL, $hash: /"
done
cat >ask.mjs <<'JS'
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RFC3161Timestamp } from '@sigstore/core';

const key = createPublicKey(readFileSync('tsa.pem'));
for (const hash of ['sha256', 'sha512']) {
  try {
    RFC3161Timestamp.parse(readFileSync(`${hash}.tsr`)).verify(Buffer.from('data'), key);
    console.log(`@sigstore/core, ${hash}: OK`);
  } catch (error) {
    console.log(`@sigstore/core, ${hash}: ${error.message}`);
  }
}
JS
node ask.mjs | tee seen
diff seen - <<'SEEN'
@sigstore/core, sha256: OK
@sigstore/core, sha512: signature verification failed
SEEN
