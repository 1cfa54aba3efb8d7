/**
 * Type of the artifacts in which the Notary Project keeps its signatures:
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md
 */
export const NOTATION_SIGNATURE = 'application/vnd.cncf.notary.signature';
