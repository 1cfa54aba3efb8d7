import type { RegistryAction } from '../domain/announcement.ts';
import { describeMark, describeRehearsal } from '../domain/mark-name.ts';
import type { WriteResult } from '../domain/write-result.ts';
import type { RegistryEffect } from '../ports/effect-record.ts';

/**
 * Says in one sentence what became of a registry write, for the notice that goes with it; `rehearses`: in a registry where
 * writes are only rehearsed. Pure.
 */
export function describeAction(effect: RegistryEffect, rehearses = false): RegistryAction {
  const { tag, kind } = effect;
  if (rehearses && kind === 'quarantine' && (effect.state === 'pending' || effect.state === 'sending')) {
    return { kind: 'none', tag, sentence: describeRehearsal(kind, describeMark(tag)) };
  }
  if (rehearses && kind === 'quarantine' && (effect.state === 'held' || effect.state === 'failed')) {
    const why = effect.error === null ? '' : ` It would not have been put yet: ${effect.error}`;
    return { kind: 'none', tag, sentence: `${describeRehearsal(kind, describeMark(tag))}${why}` };
  }
  switch (effect.state) {
    case 'done':
      return describeResult(effect);
    case 'pending':
    case 'sending':
      return {
        kind: 'pending',
        tag,
        sentence: `The ${describeMark(tag)} is being ${effect.kind === 'quarantine' ? 'put on it' : 'taken off'}.`,
      };
    case 'held':
      return {
        kind: 'held',
        tag,
        sentence: `The ${describeMark(tag)} was not ${effect.kind === 'quarantine' ? 'put on it' : 'taken off'} yet. ${effect.error ?? 'The breaker is open.'}`,
      };
    case 'failed':
      return { kind: 'failed', tag, sentence: describeFailure(effect) };
    case 'superseded':
      return { kind: 'none', sentence: 'Nothing was changed in the registry: a newer verdict came first.' };
  }
}

function describeFailure({ kind, tag, error }: RegistryEffect): string {
  const what =
    kind === 'quarantine'
      ? `The ${describeMark(tag)} could not be put on it`
      : `The ${describeMark(tag)} could not be taken off`;
  return error === null ? `${what}.` : `${what}: ${error}`;
}

function describeResult({ kind, tag, result }: RegistryEffect): RegistryAction {
  const words: Readonly<Record<WriteResult, RegistryAction>> = {
    tagged: { kind: 'tagged', tag, sentence: `The tag ${tag} was put on it.` },
    'tagged-longer': {
      kind: 'tagged',
      tag,
      sentence: `The tag ${tag} was put on it: the shorter name points to another image, and was left alone.`,
    },
    'tagged-over': {
      kind: 'tagged',
      tag,
      sentence: `The tag ${tag} was put on it; somebody had pushed another image under that name, which no longer has it.`,
    },
    untagged: { kind: 'untagged', tag, sentence: `The quarantine is lifted: the tag ${tag} was deleted.` },
    'marked-released': {
      kind: 'marked-released',
      tag,
      sentence: `The quarantine is lifted: this registry does not delete tags, or not for Lazaret, or would delete the image with its last one, so ${tag} now points to a small artifact that says "released".`,
    },
    'tag-absent': { kind: 'none', sentence: `There is no tag ${tag} to take off.` },
    'tag-moved': {
      kind: 'failed',
      tag,
      sentence: `The tag ${tag} now points to something Lazaret did not put there, so it was left alone.`,
    },
    labelled: {
      kind: 'tagged',
      tag,
      sentence: `The ${describeMark(tag)} was put on it, which blocks nothing and touches none of its tags.`,
    },
    unlabelled: {
      kind: 'untagged',
      tag,
      sentence: `The quarantine is lifted: the ${describeMark(tag)} was taken off.`,
    },
    'label-absent': { kind: 'none', sentence: `There is no ${describeMark(tag)} to take off.` },
    locked: {
      kind: 'tagged',
      tag,
      sentence:
        'It was locked: nobody can pull it any more, by digest or by tag. If it is an index, its images can still be pulled by their own digests.',
    },
    unlocked: {
      kind: 'untagged',
      tag,
      sentence: 'The quarantine is lifted: the lock was taken off, and it can be pulled again.',
    },
    'lock-absent': { kind: 'none', sentence: 'No lock is on it: whoever may pull it can.' },
    'locked-by-others': {
      kind: 'none',
      tag,
      sentence: 'Somebody else than Lazaret has locked it against pulls; that lock was left as it is.',
    },
    'subject-gone': { kind: 'none', sentence: 'The registry no longer has this image, so nothing was changed.' },
    rehearsed: {
      kind: 'none',
      tag,
      sentence: describeRehearsal(kind === 'release' ? 'release' : 'quarantine', describeMark(tag)),
    },
  };
  return isWriteResult(result, words) ? words[result] : words[kind === 'quarantine' ? 'tagged' : 'untagged'];
}

function isWriteResult(result: string | null, words: object): result is WriteResult {
  return result !== null && Object.hasOwn(words, result);
}
