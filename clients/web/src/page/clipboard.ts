/** Text into the clipboard, also where the modern way is closed: on pages without https, and in browsers that refuse. */

/** Whether `text` is in the clipboard now. To be called while a click is handled: browsers want a gesture. */
export async function copyText(text: string): Promise<boolean> {
  const written = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  return written || copySelected(text);
}

/** Deprecated, and in every browser: who plays at http://192.168... in the home network has nothing else. */
function copySelected(text: string): boolean {
  if (typeof document.execCommand !== "function") return false;
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true; // no on-screen keyboard
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return copied;
}
