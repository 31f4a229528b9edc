/** What may stand between quotes in a header as it is. */
const UNQUOTABLE = /[^\x20-\x7e]|["\\%]/g;
/** Characters that `encodeURIComponent` leaves and RFC 5987 does not allow. */
const NOT_IN_5987 = /['()*]/g;

/**
 * Makes browsers save what follows under this name, and never show it in the page's name (RFC 6266). The name comes twice:
 * for those who read UTF-8, and with `_` for what is not ASCII.
 */
export function attachmentNamed(filename: string): string {
  const ascii = filename.replace(UNQUOTABLE, '_');
  const encoded = encodeURIComponent(filename).replace(NOT_IN_5987, percentEncoded);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
