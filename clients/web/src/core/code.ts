/** Session codes: six characters, none that is easily taken for another. */

const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
export const CODE_LENGTH = 6;

/** What of `text` can stand in a code, in upper case, at most six characters: for a field while it is typed in. */
export function cleanCode(text: string): string {
  return [...text.toUpperCase()]
    .filter((character) => ALPHABET.includes(character))
    .slice(0, CODE_LENGTH)
    .join("");
}

/** The code that an address asks for, as `?code=K7P2QX` or `#K7P2QX`; null for none. */
export function codeInAddress(address: URL): string | null {
  const asked = address.searchParams.get("code") ?? address.hash.slice(1);
  const code = cleanCode(asked);
  return code.length === CODE_LENGTH && code.length === asked.length ? code : null;
}
