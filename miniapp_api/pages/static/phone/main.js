/** A phone: whose it is, WeChat's list of messages, and the mini-program. */
import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { button, toast, trying, untoast } from "./parts.js";
import { forget, keep, kept } from "./store.js";
import { wx } from "./wx.js";
import { people } from "./views/people.js";
import { messages } from "./views/messages.js";
import { texts } from "./views/texts.js";
import { chat } from "./views/chat.js";
import { bind } from "./views/bind.js";
import { home } from "./views/home.js";
import { scan } from "./views/scan.js";
import { visit } from "./views/visit.js";
import { problem } from "./views/problem.js";
import { inbox } from "./views/inbox.js";
import { channels } from "./views/channels.js";
import { code } from "./views/code.js";
import { coverage } from "./views/coverage.js";
import { report } from "./views/report.js";
import { imports } from "./views/imports.js";
import { desk } from "./views/desk.js";
import { devices } from "./views/devices.js";
import { record, terms } from "./views/record.js";
import { reviews } from "./views/reviews.js";
import { digest, today } from "./views/today.js";
import { result, survey, surveys } from "./views/surveys.js";

/** A view is an async function of (app, what the address says); it answers with its title, its content,
 * where “back” leads (a view and its words, or nothing) and how to stop what it keeps running. */
const VIEWS = {
  people, messages, texts, chat, bind, home, scan, visit, problem, inbox, channels, code, coverage, report, surveys, survey, result, imports, desk, devices,
  record, terms, reviews, today, digest,
};
/** Pages about one thing. A head's notice of a survey leads to its result, or to the news that there is none yet. */
const PAGES = {
  problem: "problem", survey: "result", duty: "scan", visit: "record", record: "record", school: "terms", reviews: "reviews",
  today: "today", digest: "digest",
};
const OUTSIDE = ["people", "messages", "texts", "chat"];
const PULSE_MS = 4000;
const HEARD_BY_MS = 60_000;
const screen = document.getElementById("screen");

/** What every screen gets: who is on the phone, WeChat, the API, and how to go elsewhere. */
const app = {
  person: null, user: null, wx: null, api: api(null), me: null, pendingScan: null, toAsk: [],
  go(view, given = {}) {
    const next = `#${new URLSearchParams({ view, ...given })}`;
    if (location.hash === next) show();
    else location.hash = next;
  },
  /** Open the mini-program's page that a message names, as `pages/problem/index?id=3`; this phone has some of them. */
  open(path) {
    const page = /^pages\/(\w+)\/index(?:\?(.*))?$/.exec(path);
    if (!page) return;
    const given = Object.fromEntries(new URLSearchParams(page[2] ?? ""));
    const view = given.id ? (PAGES[page[1]] ?? "home") : page[1];
    app.go(Object.hasOwn(VIEWS, view) ? view : "home", given);
  },
  /** Whether a post of mine carries a right. */
  may: (right) => Boolean(app.me?.posts.some((post) => post.rights.includes(right))),
  /** At a natural tap: let WeChat ask for what the server said beforehand, for a tap waits for no answer. */
  async askConsent() {
    const asked = app.toAsk;
    if (!asked.length) return;
    app.toAsk = [];
    keep(app.user, "asked", { ...kept(app.user, "asked"), ...Object.fromEntries(asked.map((id) => [id, Date.now()])) });
    await app.wx.requestSubscribeMessage(asked);
  },
  /** What to ask for at the next tap; not what was just answered, of which WeChat may not have told the server yet. */
  async learnToAsk() {
    const asked = kept(app.user, "asked") || {};
    const { templates } = await app.api.get("/me/subscriptions");
    app.toAsk = templates.filter((id) => !(Date.now() - asked[id] < HEARD_BY_MS));
  },
};

async function become(id, scope) {
  const found = await (await fetch(`/demo/people?${new URLSearchParams(scope)}`)).json();
  const person = found.find((one) => one.id === Number(id));
  if (!person) return;
  document.querySelectorAll("dialog.sheet").forEach((one) => one.remove());
  Object.assign(app, { person, user: person.user, wx: wx(person.user), me: null, toAsk: [] });
  sessionStorage.setItem("shandu:as", JSON.stringify({ id, scope }));
  await app.wx.own(person.name, person.phone);
  app.api = api(kept(app.user, "session")?.token);
}

/** Open the mini-program: use the session there is, else sign in through WeChat. */
async function signIn() {
  if (kept(app.user, "session")) {
    try {
      app.me = await app.api.get("/me");
      return;
    } catch (fault) {
      if (fault.status !== 401) throw fault;
      forget(app.user, "session");
    }
  }
  const signed = await api(null).post("/sessions", { code: await app.wx.login(), device: "演示手机" });
  keep(app.user, "session", { token: signed.token });
  app.api = api(signed.token);
  app.me = await app.api.get("/me");
}

const clock = h("span", {});
const badge = h("span", { class: "badge", hidden: true });

/** The time on the phone and the messages that came. */
async function pulse() {
  const now = await (await fetch("/demo/now")).json();
  clock.textContent = now.spoken;
  const unread = app.wx ? await app.wx.unread() : 0;
  badge.hidden = !unread;
  badge.textContent = unread;
  badge.setAttribute("aria-label", `${unread}条未读`);
}

function top(title, back) {
  const holder = app.person ? `${app.person.name} · ${app.person.post}` : "";
  const heading = h("h1", { tabindex: "-1" }, title);
  const leave = back ? h("button", { type: "button", class: "back", "aria-label": "返回", onclick: () => app.go(...back) }, "‹") : h("span");
  return [h("div", { class: "holder" }, clock, h("span", {}, holder)), h("header", { class: "bar" }, leave, heading, h("span"))];
}

function tabs(view) {
  const tab = (name, words, extra) => h("button", {
    type: "button", class: name === view || (name === "messages" && view === "chat") || (name === "home" && !OUTSIDE.includes(view)) ? "tab on" : "tab", onclick: () => app.go(name),
  }, words, extra);
  return h("nav", { class: "tabs" }, tab("messages", "微信", badge), tab("home", "膳督小程序"), tab("people", "换人"));
}

/** The view an address asks for; whoever is not bound yet is asked to bind first. */
async function build(given) {
  const asked = Object.hasOwn(VIEWS, given.view ?? "") ? given.view : "home";
  const view = app.person ? asked : "people";
  if (OUTSIDE.includes(view)) return [view, await VIEWS[view](app, given)];
  await signIn();
  if (app.me.person_id && !app.toAsk.length) await app.learnToAsk();
  const open = app.me.person_id ? view : "home";
  return [open, await VIEWS[open](app, given)];
}

let turn = 0;
let stop = null;

async function show() {
  const mine = ++turn;
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (given.as) {
    const { as, ...scope } = given;
    await trying(() => become(as, scope));
    if (mine === turn) app.go(app.pendingScan ? "scan" : "home");
    return;
  }
  if (given.scan) {
    app.pendingScan = given.scan;
    app.go("people", given.school ? { school: given.school } : {});
    return;
  }
  // what the last view said goes on as a line of this one: nothing lies over its buttons
  const said = untoast();
  const failed = ["home", { title: "膳督", content: button("没有打开，点这里重试", show, "big") }];
  const [view, built] = await trying(() => build(given)) || failed;
  // the person has gone on while this was loading
  if (mine !== turn) { built.stop?.(); return; }
  stop?.();
  stop = built.stop;
  fill(screen, top(built.title, built.back), h("main", { class: `view ${view}` }, said && h("p", { class: "said" }, said), built.content), app.person && tabs(view));
  screen.querySelector("h1").focus({ preventScroll: true });
  pulse().catch(() => {});
}

window.addEventListener("hashchange", show);
window.addEventListener("unhandledrejection", (event) => toast(event.reason?.message || "出错了，请重试。", "bad"));
const before = JSON.parse(sessionStorage.getItem("shandu:as") || "null");
if (before && !location.hash.includes("as=")) await trying(() => become(before.id, before.scope));
await show();
setInterval(() => pulse().catch(() => {}), PULSE_MS);
