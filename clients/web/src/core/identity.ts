/** Who somebody is, for a server that knows its players: a JWT of the deployment's issuer. */

/** A function is asked at each attempt, for such tokens expire; null for none. */
export type Identity = string | (() => string | null | Promise<string | null>);

/** Of a session. A function is asked at each attempt, for the first may have been wrong. */
export type Password = string | (() => string | undefined);

/** What to show now. Rejects, or throws, as the function does. */
export function askIdentity(identity: Identity | undefined): string | null | Promise<string | null> {
  return (typeof identity === "function" ? identity() : identity) ?? null;
}
