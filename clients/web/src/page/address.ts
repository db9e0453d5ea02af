/**
 * Addresses of sessions. `#K7P2QX` joins, `#K7P2QX?watch` watches. Behind the `#`, so that no server, proxy or log ever
 * sees the code of a private session; `?code=K7P2QX` is understood as well, for links that lose what is behind a `#`.
 */

import { CODE_LENGTH, cleanCode } from "../core/code.ts";

export interface Destination {
  readonly code: string;
  readonly watch: boolean;
}

/** Where an address leads; null for the start. A code must be whole: nobody is sent to a session that was not meant. */
export function destinationOf(address: URL): Destination | null {
  const [behindHash = "", wish] = address.hash.slice(1).split("?", 2);
  const asked = address.searchParams.get("code") ?? behindHash;
  const code = cleanCode(asked);
  if (code.length !== CODE_LENGTH || code.length !== asked.length) return null;
  return { code, watch: wish === "watch" || address.searchParams.has("watch") };
}

/** The link to a session, on the page at `page`. */
export function linkTo({ code, watch }: Destination, page: URL): string {
  const link = new URL(page);
  link.search = "";
  link.hash = code + (watch ? "?watch" : "");
  return link.href;
}

/** The code in what somebody typed or pasted: a bare code, one with spaces and dashes, or a whole link. */
export function codeInText(text: string): string {
  if (/^\s*https?:\/\//i.test(text) && URL.canParse(text.trim())) {
    return destinationOf(new URL(text.trim()))?.code ?? "";
  }
  return cleanCode(text);
}

/** Nobody else can follow a link to this host. */
export function isThisMachine(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
