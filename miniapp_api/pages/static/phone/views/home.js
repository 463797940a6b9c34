import { h } from "../dom.js";
import { acting, button, toast } from "../parts.js";
import { allKept } from "../store.js";

const ENDED = ["closed", "cancelled", "withheld"];
const MOST_ENDED = 10;

/** The mini-program's first page: what is asked of me, and one tap to “scan”. */
export async function home(app) {
  if (!app.me.person_id) return { title: "膳督", content: binding(app) };
  const [duties, problems, notices] = await Promise.all([
    app.may("check_in") ? app.api.get("/duties") : [],
    app.api.get("/problems?limit=50"),
    app.api.get("/notices?limit=1"),
  ]);
  const open = problems.items.filter((one) => !ENDED.includes(one.state));
  const ended = problems.items.filter((one) => ENDED.includes(one.state));
  return {
    title: "膳督",
    content: h("div", {},
      h("section", { class: "who" }, h("b", {}, app.me.name), h("small", {}, posts(app.me.posts))),
      app.may("check_in") && h("section", {},
        button("扫一扫 签到", tapped(app, "scan"), "primary big"),
        allKept(app.user, "visit:").map((draft) =>
          button(`继续填写：${draft.school_name}`, () => app.go("visit", { school: draft.school_id }), "big"))),
      h("section", { class: "row" },
        button("今日待办", tapped(app, "today")),
        app.may("show_code") && button("出示签到动态码", () => app.go("code")),
        button(`站内消息${notices.unread ? `（${notices.unread}）` : ""}`, tapped(app, "inbox")),
        app.me.posts.some((post) => post.school_id && post.rights.includes("report")) && button("反映问题", () => app.go("report")),
        app.me.posts.some((post) => post.school_id && post.rights.includes("read_surveys")) && button("满意度测评", tapped(app, "surveys")),
        app.me.posts.some((post) => post.division_code && post.rights.includes("read_school")) && button("覆盖情况", () => app.go("coverage")),
        button("绑定公众号、企业微信", () => app.go("bind")),
        (app.may("import") || app.may("keep_ledger")) && button("导入表格", () => app.go("imports")),
        app.may("use_desk") && button("扫码登录网页", () => app.go("desk")),
        button("登录设备", () => app.go("devices"))),
      duties.length > 0 && tasks(duties),
      list(app, "没有办完的问题", open, problems.next),
      ended.length > 0 && list(app, "已结的问题", ended.slice(0, MOST_ENDED)))
  };
}

/** A supervisor holds the same post at several schools: said once, with their number. */
function posts(held) {
  const times = new Map();
  for (const post of held) times.set(post.name, [...(times.get(post.name) || []), post.school_name].filter(Boolean));
  return [...times].map(([name, schools]) =>
    schools.length > 1 ? `${name}（${schools.length}所学校）` : [schools[0], name].filter(Boolean).join(" ")).join("、");
}

function tapped(app, view, given) {
  return () => { app.askConsent(); app.go(view, given); };
}

function tasks(duties) {
  const states = { owed: "○ 待入校", done: "✓ 已完成", excused: "— 已免" };
  return h("section", {}, h("h2", {}, "本月入校任务"), h("ul", { class: "lines" }, duties.map((duty) =>
    h("li", {}, h("span", {}, duty.school_name, duty.stand_in && h("small", {}, `由${duty.stand_in}代`)),
      h("span", { class: duty.state === "owed" ? "owed" : "done" }, states[duty.state])))));
}

export function list(app, title, problems, more = null) {
  return h("section", {}, h("h2", {}, `${title}（${problems.length}${more ? "＋" : ""}）`),
    problems.length ? h("div", { class: "list" }, problems.map((one) =>
      h("button", { type: "button", onclick: tapped(app, "problem", { id: one.id }) },
        h("b", {}, one.title), h("small", {}, one.school_name),
        h("span", { class: `state ${one.state}` }, one.state_name)))) : h("p", { class: "quiet" }, "没有。"));
}

function binding(app) {
  const input = h("input", { "aria-label": "邀请码", placeholder: "邀请码", autocomplete: "off" });
  const done = async (me) => {
    app.me = me;
    const policy = (await app.api.get("/me/consents")).find((one) => one.kind === "privacy_policy");
    if (policy && !policy.given) await app.api.post("/me/consents", { kind: policy.kind, version: policy.version });
    toast(`已绑定：${me.name}`);
    app.go(app.pendingScan ? "scan" : "home");
  };
  return h("div", {},
    h("section", {}, h("h2", {}, "先绑定身份"), h("p", {}, "学校或县教体局登记过您的手机号，用它绑定一次即可。"),
      h("p", { class: "quiet" }, "绑定即表示您已阅读并同意《隐私政策》。"),
      acting("用微信手机号绑定", async () => done(await app.api.post("/me/phone", { code: await app.wx.phoneNumber() })), "primary big")),
    h("section", {}, h("p", {}, "手机号换了？用邀请码："), input,
      h("div", { class: "row" }, acting("用邀请码绑定", async () => done(await app.api.post("/me/invitation", { code: input.value.trim() })), ""))));
}
