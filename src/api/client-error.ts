import type { Socket } from 'node:net';
import type { HttpErrorBody } from './http-error.ts';

interface Refusal {
  readonly status: string;
  readonly body: HttpErrorBody;
}

const TIMED_OUT: Refusal = {
  status: '408 Request Timeout',
  body: { code: 'REQUEST_TIMEOUT', message: 'the request took too long' },
};
const HEADERS_TOO_LARGE: Refusal = {
  status: '431 Request Header Fields Too Large',
  body: { code: 'HEADERS_TOO_LARGE', message: 'expected headers of at most 16 KiB in all' },
};
const NOT_HTTP: Refusal = { status: '400 Bad Request', body: { code: 'BAD_REQUEST', message: 'expected HTTP/1.1' } };

/** Answers what never became a request, in the form of every other error, and closes the connection. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const { status, body } = refusalOf(error.code);
    const text = JSON.stringify(body);
    const headers = `Content-Length: ${Buffer.byteLength(text)}\r\nContent-Type: application/json\r\nConnection: close`;
    socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`);
  }
  // At once, as Node does: who does not read the answer must not hold the connection.
  socket.destroy(error);
}

/** Whether it is that the time of a request, or of the first one of a connection, is over. */
export function isLate(error: Error & { readonly code?: string }): boolean {
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
}

function refusalOf(code: string | undefined): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TIMED_OUT;
  return code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : NOT_HTTP;
}
