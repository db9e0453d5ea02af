// People in a session, on the page: wishes {scene}. For test_lobby.py to judge.
//
// Ann creates and is the host, Ben comes on a desktop, Cleo on a phone.
import { join } from "node:path";
import {
  actOn,
  all,
  button,
  create,
  field,
  follow,
  givePassword,
  line,
  openChat,
  openNamed,
  personOf,
  readLines,
  request,
  SMALL_PHONE,
  say,
  WAIT,
  waitForEnding,
  waitForLine,
  waitForNote,
  waitForPlayers,
  waitForScreen,
  waitForWords,
  waitUntilLive,
} from "./gathering.mjs";
import { DESKTOP, expectRequestsTo, PHONE, tellStory, wishes } from "./harness.mjs";
import { Keys, read, seenMoving } from "./playing.mjs";
import { startServer } from "./processes.mjs";
import { watchLate } from "./watching.mjs";

const ROUND_S = 12;
const ROUND_LENGTH = 1000; // the number of this setting for `configure`; docs/protocol.md
const PASSWORD = "Blue Gate 7";
const shoot = (page, name) => page.screenshot({ path: join(wishes.reports, `${name}.png`) });

/** Ben follows the link, Cleo types the code; a password is asked for, and only the right one lets in. */
async function comeIn([ann, ben, cleo], server, link, seen) {
  await follow(ben, link);
  seen.asked = await waitForEnding(ben, "This session has a password");
  await givePassword(ben, PASSWORD.toLowerCase());
  seen.refused = await waitForEnding(ben, "That password is wrong");
  seen.playersThen = (await read(ann)).names;
  await givePassword(ben, PASSWORD);
  await waitUntilLive(ben);

  await cleo.goto(server.url);
  await cleo.getByLabel("Code of the session").fill((await read(ann)).code);
  await button(cleo, "Join").click();
  await givePassword(cleo, PASSWORD);
  await waitUntilLive(cleo);
  await waitForPlayers([ann, ben, cleo], 3);
  seen.names = (await all([ann, ben, cleo], read)).map(({ names }) => names);
  seen.kept = await all([ann, ben, cleo], (page) =>
    page.evaluate(() => [location.href, ...Object.values(localStorage), ...Object.values(sessionStorage)].join(" ")),
  );
}

/** Both ways; who is writing, who has read, and lines that are changed and taken away. */
async function talk([ann, ben, cleo], seen) {
  await field(ben).pressSequentially("Shall we ");
  await all([ann], (page) => waitForNote(page, ".typing", "Ben is writing"));
  seen.ownTyping = await ben.locator(".typing").textContent();
  await waitForNote(ann, ".typing", ""); // he does not go on
  seen.draft = await field(ben).inputValue();
  await field(ben).pressSequentially("play?");
  await waitForNote(ann, ".typing", "Ben is writing");
  await field(ben).press("Enter");
  await all([ann, ben], (page) => waitForLine(page, "Shall we play?"));
  await waitForNote(ann, ".typing", "");

  await waitForNote(ben, ".seen-by", "Seen by Ann"); // Cleo has her chat folded
  await cleo.locator(".unread", { hasText: /^1/ }).waitFor({ timeout: WAIT.timeout });
  await openChat(cleo);
  await waitForNote(ben, ".seen-by", "Seen by all");
  await say(cleo, "Two rounds!");
  await waitForLine(ann, "Two rounds!");
  await say(ann, "I have <b>time</b>");
  await waitForLine(ben, "I have <b>time</b>");
  await waitForNote(ann, ".seen-by", "Seen by all");

  await actOn(ann, "I have", "Edit your message");
  await field(ann).fill("I have no time");
  await field(ann).press("Enter");
  await all([ben, cleo], (page) => waitForLine(page, "I have no time"));
  await say(ben, "Oh");
  await waitForLine(cleo, "Oh");
  await actOn(ben, "Oh", "Delete your message");
  await all([ann, cleo], (page) => waitForLine(page, "Message deleted"));
  await line(ben, "I have no time").hover();
  seen.offeredOfOthers = await line(ben, "I have no time").getByRole("button").allTextContents();
  await line(ann, "Two rounds!").hover();
  seen.offeredToHost = await line(ann, "Two rounds!").getByRole("button").allTextContents();
  seen.lines = await all([ann, ben, cleo], readLines);
  await all([[ann, "desktop-lobby-chat"], [cleo, "phone-lobby-chat"]], ([page, name]) => shoot(page, name));
}

/** Ready, countdown, a round with words in it, results, and another one in the same session. */
async function playTwice(pages, seen) {
  const [ann, ben, cleo] = pages;
  await button(cleo, "Close").click();
  seen.shortened = await request(ann, "configure", [ROUND_LENGTH, ROUND_S]);
  const codes = await all(pages, (page) => read(page).then(({ code }) => code));
  await all([ben, cleo], (page) => page.getByRole("button", { name: /^Ready/ }).click());
  await ann.waitForFunction(() => document.querySelectorAll(".is-ready").length === 2, null, WAIT);
  seen.statusBefore = (await read(ann)).status;
  const counted = all(pages, (page) => page.locator(".countdown").waitFor({ timeout: WAIT.timeout }));
  await ann.getByRole("button", { name: /^Ready/ }).click(); // the last of all: nobody needs to press "Start"
  await counted;
  await all(pages, (page) => page.waitForSelector('[data-phase="active"]', { timeout: WAIT.timeout }));

  await ann.keyboard.press("Enter");
  await ann.keyboard.type("Over here!");
  await ann.keyboard.press("Enter");
  await all([ben, cleo], (page) =>
    page.locator(".recent .message", { hasText: "Over here!" }).waitFor({ timeout: WAIT.timeout }),
  );
  seen.moved = await seenMoving(new Keys(ann), ben, (await read(ann)).seat); // her keys steer again
  await all(pages, (page) => waitForScreen(page, "results", (ROUND_S + 15) * 1000));
  seen.rankings = await all(pages, (page) => page.locator(".ranking .who-name").allTextContents());
  await waitForLine(ben, "Over here!");
  const { round } = await read(ann);
  await button(ann, "Rematch now").click();
  await all(pages, (page) => page.waitForSelector('[data-phase="active"]', { timeout: WAIT.timeout }));
  const again = await all(pages, read);
  seen.rounds = [round, ...again.map((now) => now.round)];
  seen.codes = [...codes, ...again.map(({ code }) => code)];
}

const scenes = {
  /** From the password to the second round. */
  async evening(browser, server) {
    const seen = {};
    const pages = await all([["Ann", DESKTOP], ["Ben"], ["Cleo", PHONE]], ([name, context]) =>
      openNamed(browser, server, name, context),
    );
    const { link } = await create(pages[0], server, { password: PASSWORD });
    await comeIn(pages, server, link, seen);
    await talk(pages, seen);
    await playTwice(pages, seen);
    return seen;
  },

  /** What the host may do about others, what others may not, and who is host after her. */
  async host(browser, server) {
    const [ann, ben, cleo] = await all([["Ann"], ["Ben"], ["Cleo", SMALL_PHONE]], ([name, context]) =>
      openNamed(browser, server, name, context),
    );
    const seen = {};
    const { link, watchLink } = await create(ann, server);
    await all([ben, cleo], async (page) => {
      await follow(page, link);
      await waitUntilLive(page);
    });
    await waitForPlayers([ann, ben, cleo], 3);
    await say(ann, "Welcome");
    await waitForLine(ben, "Welcome");
    seen.kickersAmongGuests = await cleo.locator('[aria-label^="Kick"]').count();
    seen.guestsKick = await request(cleo, "kick", [await personOf(ann)]);

    await button(ann, "More about Ben").click();
    await button(ann, "Silence Ben").click();
    await ann.locator(".who", { hasText: "Ben" }).getByText("silenced").waitFor({ timeout: WAIT.timeout });
    await say(ben, "Listen!");
    await ben.locator(".message-fault").waitFor({ timeout: WAIT.timeout });
    seen.silenced = await ben.locator(".message-fault").textContent();

    const told = all([ann, cleo], (page) => waitForWords(page, "Ben was removed by the host"));
    await button(ann, "Kick Ben").click();
    seen.kicked = await waitForEnding(ben, "The host removed you");
    await told;
    await waitForPlayers([ann, cleo], 2);
    await button(ben, "To the start").click();
    await waitForScreen(ben, "start");
    await follow(ben, link);
    await waitUntilLive(ben);
    await waitForLine(ben, "Welcome");
    seen.linesAgain = await readLines(ben);

    await waitForPlayers([ann, ben, cleo], 3);
    await button(ann, "More about Cleo").click();
    await button(ann, "Hand over Cleo").click();
    await button(ann, "Hand over Cleo: sure?").click();
    await button(cleo, "Start").waitFor({ timeout: WAIT.timeout });
    seen.hostThen = (await read(cleo)).host;

    await button(cleo, "More about Ben").tap(); // the same with a finger
    await button(cleo, "Ban Ben").tap();
    await button(cleo, "Ban Ben: sure?").waitFor({ timeout: WAIT.timeout });
    seen.afterOneTap = (await read(ben)).connection;
    await button(cleo, "Ban Ben: sure?").tap();
    seen.out = await waitForEnding(ben, /The host (removed|has banned) you/);
    await follow(ben, link);
    seen.banned = await waitForEnding(ben, "The host has banned you");
    await follow(ben, watchLink);
    seen.bannedWatching = await waitForEnding(ben, "The host has banned you");
    await waitForPlayers([ann, cleo], 2);
    seen.namesThen = (await read(ann)).names;

    await button(cleo, "Leave").click();
    await waitForScreen(cleo, "start");
    await button(ann, "Start").waitFor({ timeout: WAIT.timeout });
    const { host, names } = await read(ann);
    seen.heir = { host, names };
    await button(ann, "Start").click();
    await ann.waitForSelector('[data-phase="active"]', { timeout: WAIT.timeout });
    return seen;
  },

  watching: watchLate,
};

await tellStory(async (browser) => {
  const server = await startServer();
  expectRequestsTo(server.url);
  return scenes[wishes.scene](browser, server);
});
