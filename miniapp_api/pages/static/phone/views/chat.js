/** A chat of ours, the official account's (公众号) or WeCom's (企业微信): type, send a photo, press menu and buttons. */
import { fill, h, time } from "../dom.js";
import { acting, button, toast, trying } from "../parts.js";

const NAMES = { official: "公众号“膳督”", wecom: "企业微信“膳督”" };
const MENU = [
  ["待办", ["待办", "预警"]],
  ["整改核查", ["整改", "核查"]],
  ["更多", ["签到", "统计", "满意度", "绑定", "帮助"]],
];
const REFRESH_MS = 1500;

export async function chat(app, given) {
  const kind = Object.hasOwn(NAMES, given.in ?? "") ? given.in : "official";
  const lines = h("div", { class: "talk", role: "log", "aria-live": "polite" });
  let last = -1;
  let shown = null;
  const toEnd = () => lines.lastElementChild?.scrollIntoView({ block: "end" });
  async function draw() {
    const found = await app.wx.chat(kind);
    const newest = found.lines.at(-1)?.id ?? 0;
    const state = JSON.stringify([found.following, found.lines.map((line) => [line.id, line.answered])]);
    if (state === shown) return;
    shown = state;
    fill(lines, !found.following && join(), found.lines.map((line) => bubble(app, kind, line, draw)));
    if (newest !== last) toEnd();
    last = newest;
  }
  const join = () => h("section", {},
    h("p", { class: "quiet" }, kind === "official" ? "还没有关注公众号“膳督”。" : "还没有加入企业。"),
    acting(kind === "official" ? "关注公众号" : "加入企业", async () => { await app.wx.follow(kind); await draw(); }, "primary big"));
  await draw();
  // the newest words are in sight once the chat is on the screen
  requestAnimationFrame(toEnd);
  const timer = setInterval(() => draw().catch(() => {}), REFRESH_MS);
  return {
    title: NAMES[kind],
    back: ["messages", {}],
    content: h("div", {}, lines, h("div", { class: "talking" }, writing(app, kind, draw), menu(app, kind, draw))),
    stop: () => clearInterval(timer),
  };
}

function writing(app, kind, draw) {
  const input = h("input", { "aria-label": "输入", placeholder: "输入文字", autocomplete: "off", maxlength: 600 });
  const file = h("input", { type: "file", accept: "image/*", class: "away", "aria-label": "发送照片" });
  file.addEventListener("change", () => trying(async () => {
    if (!file.files.length) return;
    await app.wx.show(kind, file.files[0]);
    file.value = "";
    await draw();
  }));
  const send = async () => {
    const words = input.value.trim();
    if (!words) { toast("请先输入文字"); return; }
    input.value = "";
    await app.wx.say(kind, words);
    await draw();
    input.focus();
  };
  const form = h("form", { class: "row", onsubmit: (event) => { event.preventDefault(); trying(send); } },
    input, button("照片", () => file.click()), h("button", { type: "submit", class: "primary" }, "发送"), file);
  return form;
}

function menu(app, kind, draw) {
  const below = h("div", { class: "row keys", hidden: true });
  const press = (key) => acting(key, async () => { below.hidden = true; await app.wx.click(kind, key); await draw(); }, "");
  return h("div", {}, below, h("div", { class: "row menu" }, MENU.map(([name, keys]) => button(name, () => {
    const open = below.hidden || below.dataset.of !== name;
    below.dataset.of = name;
    below.hidden = !open;
    fill(below, keys.map(press));
  }))));
}

function bubble(app, kind, line, draw) {
  const mine = line.by === "person" || line.by === "member";
  const what = line.kind === "text" ? words(app, line.text)
    : line.kind === "image" ? h("img", { src: app.wx.media(kind, line.media_id), alt: "照片" })
    : card(app, kind, line, draw);
  return h("div", { class: mine ? "said mine" : "said theirs" }, h("small", {}, time(line.at)), h("div", { class: "bubble" }, what));
}

const LINK = /<a ([^>]*)>([\s\S]*?)<\/a>/g;

/** Words with their links; a link to a page of the mini-program opens it. */
function words(app, text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(from, found.index), link(app, found[1], plain(found[2])));
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}

function link(app, attributes, said) {
  const path = /data-miniprogram-path="([^"]*)"/.exec(attributes)?.[1];
  const url = /href="([^"]*)"/.exec(attributes)?.[1] ?? "";
  return button(said, () => path ? app.open(plain(path)) : browse(app, plain(url)), "link");
}

const SIGNS = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };
const plain = (text) => text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (sign) => SIGNS[sign]);

/** A template message, a card that opens something, or one with buttons. */
function card(app, kind, line, draw) {
  const rows = (line.fields ?? []).map((field) => [h("dt", {}, field.label), h("dd", {}, field.value)]);
  const keys = (line.buttons ?? []).map((one) => one.key
    ? acting(one.words, async () => { await app.wx.press(kind, line.id, one.key); await draw(); }, "")
    : button(one.words, () => browse(app, one.url)));
  return [
    h("b", {}, line.title), line.words && h("p", {}, line.words), rows.length > 0 && h("dl", {}, rows),
    keys.length > 0 && h("div", { class: "row" }, keys),
    line.answered && h("small", {}, line.answered),
    line.page && button("进入小程序查看 ›", () => app.open(line.page), "link"),
    line.link && button(`${line.link} ›`, () => browse(app, line.url), "link"),
  ];
}

/** Our page of a notice says to look in the mini-program; here that is a tap away. */
function browse(app, url) {
  const [, kind, id] = /\/n\/([a-z_]+)\/(\d+)/.exec(url) ?? [];
  if (kind) app.open(`pages/${kind}/index?id=${id}`);
}
