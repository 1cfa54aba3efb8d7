import { sign } from 'node:crypto';
import type { LogEntryJson, TransparencyLog } from './logs.ts';

/** A checkpoint taken apart: https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md */
export interface Checkpoint {
  /** Lines of the text: origin, size, root hash, maybe more. */
  text: string[];
  /** Who signed, in order. */
  lines: CheckpointLine[];
}

export interface CheckpointLine {
  name: string;
  /** Key hint and signature. */
  signature: Buffer;
}

/** Changes the checkpoint of an entry's proof, after the log has signed it. */
export function alterCheckpoint(entry: LogEntryJson, alter: (checkpoint: Checkpoint) => void): void {
  const { inclusionProof: proof } = entry;
  if (proof === undefined) throw new Error('expected an entry with a proof');
  const [text = '', signatures = ''] = proof.checkpoint.envelope.split('\n\n');
  const lines = signatures.trimEnd().split('\n').map(readLine);
  const checkpoint = { text: text.split('\n'), lines };
  alter(checkpoint);
  proof.checkpoint.envelope = `${textOf(checkpoint)}\n${checkpoint.lines.map(writeLine).join('')}`;
}

/** A line of the log's own over the text as it is now, under this name. */
export function signCheckpoint({ key, logId }: TransparencyLog, checkpoint: Checkpoint, name: string): CheckpointLine {
  const algorithm = key.kind === 'ed25519' ? null : 'sha256';
  const signature = sign(algorithm, Buffer.from(textOf(checkpoint)), key.privateKey);
  return { name, signature: Buffer.concat([logId.subarray(0, 4), signature]) };
}

function textOf({ text }: Checkpoint): string {
  return text.map((line) => `${line}\n`).join('');
}

function readLine(line: string): CheckpointLine {
  const [, name = '', base64 = ''] = line.split(' ');
  return { name, signature: Buffer.from(base64, 'base64') };
}

function writeLine({ name, signature }: CheckpointLine): string {
  return `— ${name} ${signature.toString('base64')}\n`;
}
