/** A session that has a password asks for it. */

import { type ReactElement, useState } from "react";

const MOST_CHARACTERS = 64;

export function PasswordForm({ enter }: { enter: (password: string) => void }): ReactElement {
  const [password, setPassword] = useState("");
  return (
    <form
      className="password-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (password !== "") enter(password);
      }}
    >
      <label className="field-of">
        <span>Password</span>
        <input
          type="password"
          name="password"
          autoComplete="off"
          enterKeyHint="go"
          maxLength={MOST_CHARACTERS}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <button type="submit" className="first" disabled={password === ""}>
        Join
      </button>
    </form>
  );
}
