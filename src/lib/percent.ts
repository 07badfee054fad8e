/**
 * The text that percent signs encode (RFC 3986, §2.1), or the text itself where they encode none: who writes a password into an
 * address often writes it as it is.
 */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
