/** Reads what a run is asked for; ends the process with exit code 2 and one line where that cannot be done. */
export function readAsked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
