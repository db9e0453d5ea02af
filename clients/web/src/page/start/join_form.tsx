/** A code, typed or pasted in whatever form: join the session, or watch it. */

import { type ClipboardEvent, type ReactElement, useState } from "react";
import { CODE_LENGTH, cleanCode } from "../../core/code.ts";
import { codeInText } from "../address.ts";
import { Icon } from "../parts/icons.tsx";

export function JoinForm({ enter }: { enter: (code: string, watch: boolean) => void }): ReactElement {
  const [code, setCode] = useState("");
  const whole = code.length === CODE_LENGTH;
  const paste = (event: ClipboardEvent) => {
    const pasted = codeInText(event.clipboardData.getData("text"));
    if (pasted.length !== CODE_LENGTH) return; // part of a code: it goes where the cursor is
    event.preventDefault();
    setCode(pasted);
  };
  return (
    <form
      className="panel join-panel"
      onSubmit={(event) => {
        event.preventDefault();
        if (whole) enter(code, false);
      }}
    >
      <h2>Join by code</h2>
      <label className="field-of" htmlFor="code">
        <span>Code of the session</span>
      </label>
      <input
        id="code"
        name="code"
        className="code-field"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        enterKeyHint="go"
        placeholder="K7P2QX"
        aria-describedby="code-hint"
        value={code}
        onChange={(event) => setCode(cleanCode(event.target.value))}
        onPaste={paste}
      />
      <p id="code-hint" className="hint">
        Six letters and digits, or paste a link.
      </p>
      <div className="buttons">
        <button type="submit" disabled={!whole}>
          Join
        </button>
        <button type="button" className="plain" disabled={!whole} onClick={() => enter(code, true)}>
          <Icon name="eye" />
          Watch
        </button>
      </div>
    </form>
  );
}
