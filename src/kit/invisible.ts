/**
 * What is not shown, or changes how its neighbours are shown: control and format characters (escape sequences, line
 * breaks, bidirectional marks and overrides, zero-width ones, the tag block), line and paragraph separators, halves of
 * surrogate pairs, fillers and other letters drawn as nothing, what is no character. Classes of Unicode,
 * https://www.unicode.org/reports/tr44/; the empty pattern of Braille is in none of them.
 */
export const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;
