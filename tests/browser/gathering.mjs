// How people get into a session of somebody's on the page, and what they say to each other there.
import * as harness from "./harness.mjs";
import * as playing from "./playing.mjs";

/** Three arenas at once, drawn by a small machine that has other things to do. */
export const WAIT = { ...harness.WAIT, timeout: 40_000 };
export const waitForScreen = (page, screen, timeout = WAIT.timeout) => playing.waitForScreen(page, screen, timeout);
export const waitUntilLive = (page) => playing.waitUntilLive(page, WAIT.timeout);

// What is seen of an arena does not matter here: as few pixels as there is a side panel, or a phone, for.
const WINDOW = { viewport: { width: 960, height: 640 } };
export const SMALL_PHONE = { ...harness.PHONE, deviceScaleFactor: 1 };

export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const all = (pages, act) => Promise.all(pages.map(act));

/** Something that the page says; where it is said does not matter. */
export const waitForWords = (page, words) => page.getByText(words).first().waitFor({ timeout: WAIT.timeout });

/** Somebody whose name the browser remembers, as of everybody who was here before: no form stands before a link. */
export function openNamed(browser, server, name, context = WINDOW) {
  const localStorage = [{ name: "tickroom.name", value: name }];
  const remembered = { cookies: [], origins: [{ origin: new URL(server.url).origin, localStorage }] };
  const permissions = ["clipboard-read", "clipboard-write"];
  return harness.openPage(browser, name, { context: { ...context, permissions, storageState: remembered } });
}

/** Make a session with the form, and what is folded in it; the link and the one for spectators, as they are copied. */
export async function create(page, server, { password = "", delay = "At once" } = {}) {
  await page.goto(server.url);
  await page.getByText("More settings").click();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel(/^Spectators see/).selectOption({ label: delay });
  await button(page, "Create").click();
  await waitUntilLive(page);
  await waitForScreen(page, "lobby");
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await button(page, "Copy link").click();
  await waitForWords(page, "Link copied");
  const link = await copied();
  await button(page, "Copy the link for spectators").click();
  await waitForWords(page, "Link for spectators copied");
  return { link, watchLink: await copied() };
}

/** Follow a link. The page may be on the same one already, when it would not be loaded anew. */
export async function follow(page, link) {
  await page.goto("about:blank");
  await page.goto(link);
}

/** Answer to the page that asks for a password. */
export async function givePassword(page, password) {
  await waitForScreen(page, "over");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Join").click();
}

/** All of these know that so many have a seat. */
export function waitForPlayers(pages, count) {
  return all(pages, (page) => page.waitForFunction((wanted) => globalThis.tickroom.players.size === wanted, count, WAIT));
}

/** What the card says that ends a visit. */
export async function waitForEnding(page, title) {
  await waitForScreen(page, "over");
  await waitForWords(page.locator(".over-card"), title);
  const card = page.locator(".over-card");
  return { title: await card.locator("h2").textContent(), advice: await card.locator("#over-advice").textContent() };
}

// --- the chat --------------------------------------------------------------------------------------------------------

export const field = (page) => page.getByLabel("Message", { exact: true });
const TOLD = ".message:not(.outgoing)"; // one's own line also stands there as "sending" until its answer has come
/** A line in the list of them, told by the server, that has these words. */
export const line = (page, words) => page.getByRole("list", { name: "Messages" }).locator(TOLD, { hasText: words });

export async function say(page, words) {
  await field(page).fill(words);
  await field(page).press("Enter");
}

export const waitForLine = (page, words) => line(page, words).waitFor({ timeout: WAIT.timeout });

/** On a phone the chat is behind a button. */
export const openChat = (page) => page.locator(".chat-opener").click();

/** Each line as it is read: author and words, and whether it was edited or is for watchers. */
export function readLines(page) {
  return page.getByRole("list", { name: "Messages" }).evaluate((list) =>
    [...list.querySelectorAll(".message")].map((line) => {
      const has = (part) => line.querySelector(part) !== null;
      const marks = [has(".message-edited") && "edited", has(".tag") && "watchers"].filter(Boolean);
      const words = line.querySelector(".message-text, .message-gone").textContent;
      return [line.querySelector(".message-author").textContent, words, ...marks];
    }),
  );
}

/** Point at a line and press what is offered there. */
export async function actOn(page, words, name) {
  await line(page, words).hover();
  await line(page, words).getByRole("button", { name }).click();
}

/** The note below the lines becomes this: who is writing, or who has seen the own line. */
export function waitForNote(page, part, words, timeout = WAIT.timeout) {
  const isSaid = ({ part, words }) => (document.querySelector(part)?.textContent ?? "") === words;
  return page.waitForFunction(isSaid, { part, words }, { ...WAIT, timeout });
}

// --- requests --------------------------------------------------------------------------------------------------------

/** What the server answers to whoever asks without the page's buttons: "done", or why not. */
export function request(page, action, given) {
  const ask = ([action, given]) => globalThis.tickroom.request(action, given).then(() => "done", ({ reason }) => reason);
  return page.evaluate(ask, [action, given]);
}

export const personOf = (page) => page.evaluate(() => globalThis.tickroom.welcome.player);
