/**
 * Runs a task for every input, at most `width` at a time, started in order. Results keep the order of the inputs. The
 * first failure ends the start of further tasks and is what the caller gets.
 */
export async function mapBounded<Input, Output>(
  inputs: readonly Input[],
  width: number,
  run: (input: Input) => Promise<Output>,
): Promise<readonly Output[]> {
  const outputs: Output[] = new Array(inputs.length);
  const waiting = inputs.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [index, input] of waiting) {
      if (failed) return;
      try {
        outputs[index] = await run(input);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, inputs.length) }, work));
  return outputs;
}
