import { MARK_MODES } from '../domain/mark-name.ts';
import { REGISTRY_KIND_NAMES, REGISTRY_KINDS, type RegistryKindName } from '../domain/registry-kind.ts';
import type { InputIssue } from '../kit/errors.ts';
import { isJsonObject, type Json } from '../kit/json.ts';
import type { YamlDocument } from '../kit/strict-yaml.ts';
import { type Entry, entriesOf, sectionOf } from './written-section.ts';

/** Registries whose images should be marked in a way that they do not have. */
export function findUnmarkable(document: YamlDocument): readonly InputIssue[] {
  const common = modeIn(sectionOf(document, 'quarantine'));
  return entriesOf(document, 'registries').flatMap(({ index, value }) => {
    const own = modeIn(value['quarantine']);
    const mode = own ?? common;
    if (mode !== 'label' && mode !== 'lock') return [];
    const kind = kindOf(value);
    if (kind === undefined || KINDS[mode].some((each) => each === kind)) return [];
    const where = own === undefined ? ['quarantine', 'mode'] : ['registries', index, 'quarantine', 'mode'];
    const lacks = mode === 'label' ? 'has no labels' : 'has no locks that Lazaret knows';
    const message = `"${String(value['id'])}" ${lacks}: it is \`kind: ${kind}\``;
    const hint = `Only \`kind: ${KINDS[mode].join('`, `')}\` has them; write \`quarantine: { mode: tag }\` for this registry.`;
    return [{ where: document.locate(where), message, hint }];
  });
}

const KINDS: Readonly<Record<'label' | 'lock', readonly RegistryKindName[]>> = {
  label: REGISTRY_KIND_NAMES.filter((kind) => REGISTRY_KINDS[kind].capabilities.label === 'yes'),
  lock: REGISTRY_KIND_NAMES.filter((kind) => REGISTRY_KINDS[kind].capabilities.lock === 'yes'),
};

function modeIn(section: Json | undefined): string | undefined {
  const mode = isJsonObject(section) ? section['mode'] : undefined;
  return MARK_MODES.find((each) => each === mode);
}

/** `undefined` for one that is none: that is a fault of its own. */
function kindOf({ kind = 'oci' }: Entry['value']): RegistryKindName | undefined {
  return REGISTRY_KIND_NAMES.find((each) => each === kind);
}
