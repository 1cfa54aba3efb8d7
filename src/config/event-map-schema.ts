import { z } from 'zod';
import type { EventMap } from '../domain/event-map.ts';
import type { InputIssue } from '../kit/errors.ts';
import { addFault, textSchema } from '../kit/schema-fields.ts';
import { parseWithSchema, type SchemaReading } from '../kit/strict-schema.ts';
import { parseStrictYaml, type YamlDocument } from '../kit/strict-yaml.ts';
import { compileEventMap } from '../policy/conditions/compile-event-map.ts';
import { textField } from './fields.ts';
import type { Outside } from './outside.ts';

const expression = (description: string) => textSchema.describe(description);

const eventMapSchema = z
  .strictObject({
    events: expression(
      'The list of events in `body`, where one delivery has several; each is `event` in what follows. ' +
        'Default: `event` is `body`.',
    ).optional(),
    repository: expression('The repository, without the host, such as `event.repo.path`.'),
    tag: expression('The tag.').optional(),
    digest: expression('The digest of the manifest, `sha256:…`.').optional(),
    kind: expression(
      '`"push"` or `true`: an image is there now; `"delete"`: it is gone; everything else is ignored. ' +
        'Default: everything is a push.',
    ).optional(),
    time: expression('When it happened: RFC 3339, seconds since 1970 or a timestamp.').optional(),
    host: expression('The host of the registry, which tells those of one source apart.').optional(),
    actor: expression('Who pushed, for the record.').optional(),
    id: expression('The id of the event, for the record.').optional(),
  })
  .transform((written, context): EventMap => {
    const compiled = compileEventMap(written);
    if (compiled.ok) return compiled.map;
    for (const { key, why } of compiled.faults) {
      const hint = 'For example: event.repository.name';
      addFault(context, { message: `expected a CEL expression: ${why}`, hint }, [key]);
    }
    return z.NEVER;
  });

/** The keys by which a source of the dialect `generic` is told where its events have what; one of them is given. */
export function createMapFields(outside: Outside) {
  return {
    map: eventMapSchema
      .describe(
        'For the dialect `generic`: CEL expressions over `body`, `headers` (names in small letters) and `event`, ' +
          'see [Any other registry](events.md#any-other-registry).',
      )
      .optional(),
    mapFile: textField('A YAML file with the keys of `map`, instead of it.')
      .transform((path, context): EventMap => {
        const text = outside.readText(path);
        const reading: SchemaReading<EventMap> = text.ok
          ? parseEventMap(outside.resolvePath(path), text.value)
          : { ok: false, issues: [{ where: '', message: text.why, hint: text.hint }] };
        if (reading.ok) return reading.value;
        for (const { where, message, hint } of reading.issues) {
          addFault(context, {
            message: where === '' ? message : `${where}: ${message}`,
            ...(hint !== undefined && { hint }),
          });
        }
        return z.NEVER;
      })
      .optional(),
  };
}

/** Reads a map from a file of its own, or says everything that is wrong with it. */
export function parseEventMap(file: string, text: string): SchemaReading<EventMap> {
  const { documents, issues } = parseStrictYaml(file, text);
  const [document, second] = documents;
  if (document === undefined || second !== undefined || issues.length > 0) {
    return { ok: false, issues: issues.length > 0 ? issues : [notOne(file, second)] };
  }
  return parseWithSchema(eventMapSchema, document);
}

function notOne(file: string, second: YamlDocument | undefined): InputIssue {
  return second === undefined
    ? { where: file, message: 'expected a map, got an empty file', hint: 'Begin with `repository:`.' }
    : { where: second.locate([]), message: 'expected one document, got another' };
}

/** The map that was given, whichever way. */
export function mapOf({
  map,
  mapFile,
}: {
  readonly map?: EventMap | undefined;
  readonly mapFile?: EventMap | undefined;
}) {
  const given = map ?? mapFile;
  return given === undefined ? {} : { map: given };
}
