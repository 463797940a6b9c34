/** A phone: whose it is, WeChat's list of messages, and the mini-program. */
import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { button, toast, trying } from "./parts.js";
import { forget, keep, kept } from "./store.js";
import { wx } from "./wx.js";
import { people } from "./views/people.js";
import { messages } from "./views/messages.js";
import { home } from "./views/home.js";
import { scan } from "./views/scan.js";
import { visit } from "./views/visit.js";
import { problem } from "./views/problem.js";
import { inbox } from "./views/inbox.js";
import { code } from "./views/code.js";
import { coverage } from "./views/coverage.js";
import { report } from "./views/report.js";

const VIEWS = { people, messages, home, scan, visit, problem, inbox, code, coverage, report };
const screen = document.getElementById("screen");

/** What every screen gets: who is on the phone, WeChat, the API, and how to go elsewhere. */
const app = {
  person: null, user: null, wx: null, api: api(null), me: null, pendingScan: null,
  go(view, given = {}) {
    location.hash = new URLSearchParams({ view, ...given }).toString();
  },
  /** Whether a post of mine carries a right. */
  may: (right) => Boolean(app.me?.posts.some((post) => post.rights.includes(right))),
  signIn,
  leave() {
    sessionStorage.removeItem("shandu:as");
    Object.assign(app, { person: null, user: null, me: null });
    app.go("people");
  },
};

async function become(id, school) {
  const found = await (await fetch(`/demo/people?school=${school}`)).json();
  const person = found.find((one) => one.id === Number(id));
  if (!person) return;
  app.person = person;
  app.user = person.user;
  app.wx = wx(person.user);
  app.me = null;
  sessionStorage.setItem("shandu:as", JSON.stringify({ id, school }));
  await app.wx.own(person.name, person.phone);
  const session = kept(app.user, "session");
  app.api = api(session?.token);
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

function bar(title, back) {
  return h("header", { class: "bar" }, back ? button("‹", () => history.back(), "back") : h("span"), h("h1", {}, title), h("span"));
}

async function tabs(view) {
  const unread = await app.wx.unread().catch(() => 0);
  const tab = (name, words, badge) => h("button", {
    type: "button", class: name === view || (name === "home" && view !== "messages") ? "tab on" : "tab", onclick: () => app.go(name),
  }, words, badge ? h("span", { class: "badge", "aria-label": `${badge}条未读` }, badge) : null);
  return h("nav", { class: "tabs" }, tab("messages", "微信", unread), tab("home", "膳督小程序"), tab("people", "换人"));
}

async function show() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (given.as) {
    await become(given.as, given.school);
    app.go("home");
    return;
  }
  if (given.scan) {
    app.pendingScan = given.scan;
    app.go(app.person ? "scan" : "people");
    return;
  }
  const view = app.person ? given.view || "home" : "people";
  screen.dispatchEvent(new Event("left"));
  const body = h("main", { class: `view ${view}` }, h("p", { class: "quiet" }, "正在打开……"));
  const built = await trying(async () => {
    if (!["people", "messages"].includes(view)) await signIn();
    return VIEWS[view](app, given, body);
  });
  const { title = "膳督", content = h("p", { class: "quiet" }, "没有打开，请重试。"), back = false } = built || {};
  fill(body, content);
  fill(screen, bar(title, back), body, view === "people" ? null : await tabs(view));
  body.scrollTop = 0;
}

window.addEventListener("hashchange", show);
window.addEventListener("unhandledrejection", (event) => toast(event.reason?.message || "出错了，请重试。", "bad"));
const before = JSON.parse(sessionStorage.getItem("shandu:as") || "null");
if (before && !location.hash.includes("as=")) await become(before.id, before.school);
await show();
