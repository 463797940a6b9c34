import { h } from "../dom.js";
import { acting, button, sheet, toast } from "../parts.js";
import { kept } from "../store.js";

/** The mini-program's first page: what is asked of me, and one tap to “scan”. */
export async function home(app) {
  if (!app.me.person_id) return { title: "膳督", content: binding(app) };
  const [duties, problems, notices] = await Promise.all([
    app.may("check_in") ? app.api.get("/duties") : [],
    app.api.get("/problems?limit=50"),
    app.api.get("/notices?limit=1"),
  ]);
  const open = problems.items.filter((one) => !["closed", "cancelled"].includes(one.state));
  const ended = problems.items.filter((one) => ["closed", "cancelled"].includes(one.state));
  const draft = kept(app.user, "visit");
  return {
    title: "膳督",
    content: h("div", {},
      h("section", { class: "who" }, h("b", {}, app.me.name), h("small", {}, [...new Set(app.me.posts.map((post) => post.name))].join("、"))),
      app.may("check_in") && h("section", {},
        button("扫一扫 签到", () => { consent(app); app.go("scan"); }, "primary big"),
        draft && button(`继续填写：${draft.school_name}`, () => app.go("visit"), "big")),
      app.may("show_code") && h("section", {}, button("出示签到动态码", () => app.go("code"), "big")),
      h("section", { class: "row" },
        button(`站内消息${notices.unread ? `（${notices.unread}）` : ""}`, () => { consent(app); app.go("inbox"); }),
        app.may("report") && button("反映问题", () => app.go("report")),
        app.me.posts.some((post) => post.division_code && post.rights.includes("read_school")) && button("覆盖情况", () => app.go("coverage"))),
      duties.length > 0 && h("section", {}, h("h2", {}, "本月入校任务"), h("ul", { class: "lines" }, duties.map((duty) =>
        h("li", {}, h("span", {}, duty.school_name), h("span", { class: duty.state === "owed" ? "owed" : "done" },
          { owed: "待入校", done: "已完成", excused: "已免" }[duty.state]))))),
      list(app, "没有办完的问题", open),
      list(app, "已结的问题", ended.slice(0, 10))),
  };
}

function list(app, title, problems) {
  return h("section", {}, h("h2", {}, `${title}（${problems.length}）`),
    h("div", { class: "list" }, problems.map((one) =>
      h("button", { type: "button", onclick: () => { consent(app); app.go("problem", { id: one.id }); } },
        h("b", {}, one.title), h("small", {}, one.school_name),
        h("span", { class: `state ${one.state}` }, one.state_name)))));
}

function binding(app) {
  const input = h("input", { "aria-label": "邀请码", placeholder: "邀请码", autocomplete: "off" });
  const done = async (me) => { app.me = me; toast(`已绑定：${me.name}`); app.go("home", { bound: 1 }); };
  return h("div", {},
    h("section", {}, h("h2", {}, "先绑定身份"), h("p", {}, "学校或县教体局登记过您的手机号，用它绑定一次即可。"),
      acting("用微信手机号绑定", async () => done(await app.api.post("/me/phone", { code: await app.wx.phoneNumber() })), "primary big")),
    h("section", {}, h("p", {}, "手机号换了？用邀请码："), input,
      acting("用邀请码绑定", async () => done(await app.api.post("/me/invitation", { code: input.value.trim() })), "")));
}

let asked = 0;

/** WeChat asks for consent only after a tap, and one consent is one message: ask at natural taps. */
async function consent(app) {
  if (Date.now() - asked < 20000) return;
  asked = Date.now();
  const answer = await sheet("“膳督”想给您发送通知", (close) => h("div", {},
    h("p", {}, "整改通知、核查提醒等。允许一次可收到每种一条。"),
    h("div", { class: "row" }, button("拒绝", () => close("reject")), button("允许", () => close("accept"), "primary"))));
  await app.wx.subscribe(Object.fromEntries(app.me.templates.map((id) => [id, answer])));
}
