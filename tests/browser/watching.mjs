// Somebody watches a session late: how late, what is said meanwhile and to whom, and then takes a seat. Of lobby.mjs.
import {
  all,
  button,
  create,
  field,
  follow,
  givePassword,
  openChat,
  openNamed,
  readLines,
  SMALL_PHONE,
  say,
  WAIT,
  waitForLine,
  waitForPlayers,
  waitForWords,
  waitUntilLive,
} from "./gathering.mjs";
import { Keys, read } from "./playing.mjs";

const PASSWORD = "late";
const MOVES = 60; // states in which somebody is elsewhere than in the one before

/** From now on the page notes where a seat's player is, at which tick, and when it came to know. */
function follows(page, seat) {
  return page.evaluate((seat) => {
    const { tickroom: session } = globalThis;
    globalThis.track = [];
    globalThis.stopTrack?.();
    globalThis.stopTrack = session.on("state", (tick) => {
      const { x, y } = session.state.players.at(seat);
      globalThis.track.push([tick, x, y, Date.now()]);
    });
  }, seat);
}

/** The tracks of two pages, once both have so many states in which the player of `seat` is seen to run about. */
async function tracksOf(runner, pages) {
  const { seat } = await read(runner);
  await all(pages, (page) => follows(page, seat));
  const keys = new Keys(runner);
  const hasMoved = (least) => {
    const { track } = globalThis;
    return track.filter(([, x, y], at) => at > 0 && (x !== track[at - 1][1] || y !== track[at - 1][2])).length >= least;
  };
  const seen = all(pages, (page) => page.waitForFunction(hasMoved, MOVES, WAIT));
  let isWaiting = true;
  const stop = () => {
    isWaiting = false;
  };
  seen.then(stop, stop);
  for (let turn = 0; isWaiting; turn++) {
    await keys.go(...[[1, 0], [0, 1], [-1, 0], [0, -1]][turn % 4]);
    await runner.waitForTimeout(400); // so long in each direction; the pages' wait has its own end
  }
  await keys.go(0, 0);
  await seen;
  return all(pages, (page) => page.evaluate(() => globalThis.track));
}

/** Channels of all lines that a page was ever told of. */
const channelsTold = (page) =>
  page.evaluate(() =>
    [...globalThis.tickroom.talk].flatMap((fact) => {
      if (fact.kind === "said") return [fact.message.channel];
      return fact.kind === "history" ? fact.messages.map(({ channel }) => channel) : [];
    }),
  );

const toWatchers = (page) => page.getByLabel("Who can read it").selectOption({ label: "Watchers" });

export async function watchLate(browser, server) {
  const [ann, ben, cleo] = await all([["Ann"], ["Ben"], ["Cleo", SMALL_PHONE]], ([name, context]) =>
    openNamed(browser, server, name, context),
  );
  const seen = {};
  const { link, watchLink } = await create(ann, server, { password: PASSWORD, delay: "2 s later" });
  await all([[ben, link], [cleo, watchLink]], async ([page, address]) => {
    await follow(page, address);
    await givePassword(page, PASSWORD);
    await waitUntilLive(page);
  });
  await waitForWords(cleo, "You are watching");
  await ann.getByRole("list", { name: "Watchers" }).getByText("Cleo").waitFor({ timeout: WAIT.timeout });
  await waitForPlayers([cleo], 2); // Ben may have come after her, and she sees that late too
  seen.watching = await read(cleo).then(({ seat, names }) => ({ seat, names }));
  seen.watchAddress = cleo.url();
  const [near, late] = await tracksOf(ann, [ben, cleo]);
  seen.tracks = { near, late };

  // Watchers among themselves: at once, and no player hears of it.
  await openChat(cleo);
  await toWatchers(cleo);
  await say(cleo, "Who will win?");
  await waitForLine(cleo, "Who will win?");
  await button(ben, "Watch instead").click();
  await waitForWords(ben, "You are watching");
  await waitForLine(ben, "Who will win?");
  await toWatchers(ben);
  await field(ben).pressSequentially("Ann, ");
  await cleo.getByText("Ben is writing").waitFor({ timeout: WAIT.timeout });
  await field(ben).pressSequentially("of course");
  await field(ben).press("Enter");
  await waitForLine(cleo, "Ann, of course");

  // What players say comes to watchers as late as what they do.
  const sentMs = Date.now();
  await say(ann, "Watch me");
  await waitForLine(ann, "Watch me");
  await waitForLine(cleo, "Watch me");
  seen.lineLateMs = Date.now() - sentMs;
  seen.lines = await all([ann, cleo], readLines);
  seen.channels = await all([ann, cleo], channelsTold);

  await button(cleo, "Take a seat").click();
  await cleo.waitForSelector('[data-watching="false"]', { timeout: WAIT.timeout });
  await waitForPlayers([ann, cleo], 2);
  const now = await read(cleo);
  seen.seated = { seat: now.seat, names: now.names };
  seen.seatedAddress = cleo.url();
  seen.link = link;
  await field(ann).press("Escape"); // out of the field: her keys steer again
  const [hers, cleos] = await tracksOf(ann, [ann, cleo]);
  seen.tracksSeated = { near: hers, late: cleos };
  return seen;
}
