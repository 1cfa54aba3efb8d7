#!/usr/bin/env bash
# kafkajs 2.2.4, seen 2026-11-29 with Node 24; the same against Apache Kafka 4.1.0 with its validator of unsecured tokens.
#
# Expected: a broker that refuses a token of SASL OAUTHBEARER says so in its answer (RFC 7628 §3.2.2: a JSON object with
# `status`, in a SaslAuthenticate response whose error code is 0, as Apache Kafka sends it), and `connect()` rejects with
# that reason.
# Seen: `connect()` resolves. The answer is never read: the first request after it fails, because the broker closes the
# connection, with "No brokers in the broker pool" or a lost connection, and nothing names the token.
# A broker of some lines is used here, which speaks as Kafka does up to that answer.
#
# Needs npm and its registry. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund kafkajs@2.2.4
cat >login.js <<'JS'
const { createServer } = require('node:net');
const { Kafka, logLevel } = require('kafkajs');

const int16 = (n) => { const b = Buffer.alloc(2); b.writeInt16BE(n); return b; };
const int32 = (n) => { const b = Buffer.alloc(4); b.writeInt32BE(n); return b; };
const text = (t) => Buffer.concat([int16(t.length), Buffer.from(t)]);
const list = (items) => Buffer.concat([int32(items.length), ...items]);
const bytes = (t) => Buffer.concat([int32(t.length), Buffer.from(t)]);
const range = (key, max) => Buffer.concat([int16(key), int16(0), int16(max)]);

// By the number of the request: ApiVersions 18, SaslHandshake 17, SaslAuthenticate 36.
const ANSWERS = {
  18: () => Buffer.concat([int16(0), list([range(3, 6), range(17, 1), range(18, 2), range(36, 1)]), int32(0)]),
  17: () => Buffer.concat([int16(0), list([text('OAUTHBEARER')])]),
  36: () => Buffer.concat([int16(0), int16(-1), bytes('{"status":"invalid_token"}'), Buffer.alloc(8)]),
};
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (request) => {
    const answer = ANSWERS[request.readInt16BE(4)]?.();
    if (answer === undefined) return socket.destroy();
    const body = Buffer.concat([request.subarray(8, 12), answer]);
    socket.write(Buffer.concat([int32(body.length), body]));
  });
});
server.listen(0, '127.0.0.1', async () => {
  const sasl = { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: 'refused' }) };
  const brokers = [`127.0.0.1:${server.address().port}`];
  const admin = new Kafka({ brokers, sasl, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
  const said = await admin.connect().then(() => 'connected', (error) => `refused: ${error.message}`);
  console.log(said);
  process.exit(0);
});
JS
seen=$(node login.js 2>/dev/null)
echo "$seen"
[ "$seen" = connected ]
