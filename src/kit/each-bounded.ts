/**
 * Runs a task for everything that comes, at most `width` at a time, and takes the next only when there is room. The
 * first failure ends the start of further tasks.
 * @throws that failure, once the tasks under way have ended
 */
export async function eachBounded<Input>(
  inputs: AsyncIterable<Input> | Iterable<Input>,
  width: number,
  run: (input: Input) => Promise<void>,
): Promise<void> {
  const waiting = iterate(inputs);
  let failed = false;
  const work = async (): Promise<void> => {
    while (!failed) {
      const next = await waiting.next();
      if (next.done === true) return;
      await run(next.value);
    }
  };
  const stopAll = (error: unknown): never => {
    failed = true;
    throw error;
  };
  const ended = await Promise.allSettled(Array.from({ length: width }, () => work().catch(stopAll)));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

async function* iterate<Input>(inputs: AsyncIterable<Input> | Iterable<Input>): AsyncGenerator<Input, void> {
  yield* inputs;
}
