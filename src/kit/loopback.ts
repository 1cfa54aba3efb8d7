/**
 * Whether a host is this machine and nothing else, whatever resolves it: `localhost`, 127.0.0.0/8, ::1, as a URL
 * (`[::1]`) or a socket (`::1`) writes them.
 */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|::1|\[::1\])$/i.test(host);
}
