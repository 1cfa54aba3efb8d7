/** By then what was made to start with is garbage, and a pause of some 50 ms still meets nearly nobody. */
const AFTER_MS = 2_000;

type Collect = (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => unknown;

/**
 * Gives back once what a start took: room for new values, which the engine lets grow while modules are loaded and then
 * keeps (some 30 MiB). Where Node was not started with `--expose-gc`, as the launcher does, nothing happens.
 */
export function giveBackMemory(collect: Collect | undefined = globalThis.gc): void {
  setTimeout(() => collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }), AFTER_MS).unref();
}
