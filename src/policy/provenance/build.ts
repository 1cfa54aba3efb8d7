import { SLSA_PROVENANCE_V1, SLSA_PROVENANCE_V02 } from '../../domain/slsa-provenance.ts';
import type { Json, JsonObject } from '../../kit/json.ts';
import { listAt, textAt, valueAt } from '../../kit/json-path.ts';

/** Something that went into a build, by the names that SLSA 0.2 and 1 share. */
export interface Dependency {
  readonly name: string | undefined;
  readonly uri: string | undefined;
  readonly digest: Json | undefined;
}

/** What SLSA provenance says about a build, in the form of either version, as far as its meaning does not depend on the build type. */
export interface Build {
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly builderId: string | undefined;
  readonly buildType: string | undefined;
  /** `materials` or `resolvedDependencies`, in their order: which of them is the source, only the build type says. */
  readonly dependencies: readonly Dependency[];
  /** Where the definition of the build was read; SLSA 0.2 alone has a place for it. */
  readonly configSource: Dependency | undefined;
  /** `invocation.parameters` or `externalParameters`: what whoever started the build chose. */
  readonly parameters: Json | undefined;
}

/** Reads provenance of either version; `undefined` if this is no format of it. */
export function parseBuild(predicateType: string, predicate: JsonObject): Build | undefined {
  if (predicateType === SLSA_PROVENANCE_V02) {
    return {
      predicateType,
      predicate,
      builderId: textAt(predicate, 'builder', 'id'),
      buildType: textAt(predicate, 'buildType'),
      dependencies: listAt(predicate, 'materials').map(dependencyOf),
      configSource: dependencyOf(valueAt(predicate, 'invocation', 'configSource')),
      parameters: valueAt(predicate, 'invocation', 'parameters'),
    };
  }
  if (predicateType !== SLSA_PROVENANCE_V1) return undefined;
  const definition = valueAt(predicate, 'buildDefinition');
  return {
    predicateType,
    predicate,
    builderId: textAt(predicate, 'runDetails', 'builder', 'id'),
    buildType: textAt(definition, 'buildType'),
    dependencies: listAt(definition, 'resolvedDependencies').map(dependencyOf),
    configSource: undefined,
    parameters: valueAt(definition, 'externalParameters'),
  };
}

/** A resource of SLSA: https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
function dependencyOf(value: Json | undefined): Dependency {
  return { name: textAt(value, 'name'), uri: textAt(value, 'uri'), digest: valueAt(value, 'digest') };
}
