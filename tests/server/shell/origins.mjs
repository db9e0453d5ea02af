// Pages of several origins at one server, in a real Chromium: node origins.mjs SERVER CHROMIUM CODE PORT
//
// Each page tries what other people's pages would: read the API, create a session, import the SDK, open a socket. Prints
// one JSON object: for each origin what came of it, for test_origins_in_browser.py to judge. PORT is where the pages are
// that are not the server's. Every wait has an end.
import { createRequire } from "node:module";

const [server, executablePath, code, elsewhere] = process.argv.slice(2);
const require = createRequire(new URL("../../../clients/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

/** What a page may do with the server; runs in the page. */
async function attempt({ server, code }) {
  const ask = (path, options) =>
    fetch(server + path, options).then((answer) => answer.status, (error) => error.name);
  const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"game":"toy"}' };
  const socket = new WebSocket(`${server.replace("http", "ws")}/ws/${code}`, "tickroom.1");
  const heard = await new Promise((resolve) => {
    setTimeout(() => resolve("open"), 1000); // nothing is said until a hello
    socket.onclose = (event) => resolve(event.code);
  });
  socket.close();
  return {
    read: await ask("/api/sessions"),
    create: await ask("/api/quickplay", json),
    blind: await ask("/api/sessions", { method: "POST", body: '{"game":"toy"}', mode: "no-cors" }), // status 0 always
    sdk: await ask("/sdk/client.js"),
    socket: heard,
  };
}

const port = new URL(server).port;
const browser = await chromium.launch({
  executablePath,
  args: ["--host-resolver-rules=MAP *.example 127.0.0.1"], // strangers, of whom one is rebound to our own address
});
const seen = {};
try {
  for (const [name, address, target] of [
    ["itself", `${server}/healthz`, server],
    ["otherPort", `http://localhost:${elsewhere}/`, server],
    ["friend", `http://friend.example:${elsewhere}/`, server],
    ["stranger", `http://evil.example:${elsewhere}/`, server],
    ["rebound", `http://evil.example:${port}/healthz`, `http://evil.example:${port}`],
    ["nobody", `http://localhost:${elsewhere}/sandboxed`, server], // its origin is null
  ]) {
    const page = await browser.newPage();
    await page.goto(address, { timeout: 15_000 });
    seen[name] = await page.evaluate(attempt, { server: target, code });
    await page.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
