/** What the browser remembers: the name for good, the seat's token while the tab lives. Private modes may refuse both. */

const NAME = "tickroom.name";
const TOKEN = "tickroom.token.";

export function rememberedName(): string {
  return attempt(() => localStorage.getItem(NAME)) ?? "";
}

export function rememberName(name: string): void {
  attempt(() => localStorage.setItem(NAME, name));
}

/** Keep the token of a seat for the next life of this page. */
export function keepToken(code: string, token: string): void {
  attempt(() => sessionStorage.setItem(TOKEN + code, token));
}

/** The token that was kept, if there is one; it is kept no longer. */
export function takeToken(code: string): string | null {
  const token = attempt(() => sessionStorage.getItem(TOKEN + code));
  attempt(() => sessionStorage.removeItem(TOKEN + code));
  return token;
}

/** Storage that is forbidden or full is as good as none. */
function attempt<T>(access: () => T): T | null {
  try {
    return access();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
