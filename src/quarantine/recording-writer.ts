import { digestOf } from '../domain/digest.ts';
import type { TagWriter } from '../ports/tag-writer.ts';

/** A writer that writes nothing, and what was asked of it. */
export interface RecordingWriter extends TagWriter {
  /** The tags it was asked to put or to delete, in order. */
  readonly asked: readonly string[];
}

/** Creates a writer that takes every write and makes none, for a rehearsal: whoever writes by it goes on as after the write. */
export function createRecordingWriter(): RecordingWriter {
  const asked: string[] = [];
  return {
    asked,
    putTag: async (_, tag) => void asked.push(tag),
    putBlob: async (_, bytes) => digestOf(bytes),
    deleteTag: async (_, tag) => {
      asked.push(tag);
      return 'deleted';
    },
  };
}
