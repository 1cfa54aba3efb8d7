import { Document, isMap, Scalar, visit } from 'yaml';
import { escapeInvisible, hasInvisible } from '../../kit/escape-invisible.ts';
import type { SuggestedPolicy } from '../../policy/suggest/suggested-requirement.ts';
import { writeRequirement } from '../../policy/suggest/write-requirement.ts';
import { plainText } from '../plain-text.ts';
import { wrapText } from '../wrap-text.ts';

/** Comments end here, as the policies in the documentation do. */
const WIDTH = 100;

/**
 * Writes a suggested policy as an `ImagePolicy` document: what is weak about a requirement stands before it, what was
 * found and is not asked for at the end. Reading it back gives the same requirements.
 */
export function renderSuggestion(policy: SuggestedPolicy): string {
  const document = new Document({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: policy.name },
    spec: {
      images: [policy.image],
      ...(policy.artifacts && { artifacts: policy.artifacts }),
      require: policy.requirements.map(({ requirement }) => writeRequirement(requirement)),
    },
  });
  for (const [index, { weak }] of policy.requirements.entries()) {
    const entry = document.getIn(['spec', 'require', index], true);
    if (isMap(entry) && weak.length > 0) entry.commentBefore = comment(weak);
  }
  document.commentBefore = comment([
    `Suggested from ${policy.samples.length === 1 ? 'this image, which satisfies' : 'these images, which satisfy'} it:`,
    ...policy.samples.map(({ name, digest }) => `${name} (${digest})`),
    'Read it before you put it in force. What is weak about a requirement is said above it.',
  ]);
  if (policy.notes.length > 0) document.comment = comment(policy.notes);
  // Only double quotes know escapes: a name that shows itself as another must not be copied as that.
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && hasInvisible(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // As JSON: what the library folds over lines by itself it does not always read back as it was.
  return escapeInvisible(document.toString({ lineWidth: 0, flowCollectionPadding: true, doubleQuotedAsJSON: true }));
}

// Names and messages come from outside: nothing in them may end the comment.
function comment(lines: readonly string[]): string {
  return lines.map((line) => wrapText(plainText(line), { width: WIDTH, indent: 3, lead: ' ' })).join('\n');
}
