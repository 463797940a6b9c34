import { h, newId, time } from "../dom.js";
import { acting, button, labelled, photoPicker, sheet, thumbnails } from "../parts.js";
import { forget, keep, kept } from "../store.js";

/** A move: its button, what is asked for, the label of its photos (none: it takes no photo), that of its day. */
const MOVES = {
  submit: ["提交整改", "说说怎么整改的", "整改后的照片（至少一张）"],
  close: ["核查通过，销号", "核查情况（可不填）", "核查照片（可不附）"],
  return: ["退回整改", "哪里不到位", "照片（可不附）"],
  appeal: ["申辩", "申辩的理由", "证明材料照片（可不附）"],
  uphold: ["申辩成立", "处理意见（可不填）", null],
  reject: ["申辩不成立", "不予采纳的理由", null],
  reopen: ["没解决", "哪里没有解决", "照片（可不附）"],
  reschedule: ["调整期限", "调整的理由", null, "新的整改期限（当天18:00止）"],
};
const FIRST = ["submit", "close"];
const STEPS = {
  report: "反映问题", withhold: "未通过内容审核，未转给学校",
  fix: "即知即改", assign: "发现问题，限期整改", submit: "提交整改", close: "核查通过，销号", return: "整改不到位，退回",
  appeal: "提出申辩", uphold: "申辩成立，撤销", reject: "申辩不成立", reopen: "反映没解决，重新整改", expire: "超过期限",
  reschedule: "调整整改期限", remind: "到期提醒", postpone: "期限遇假期顺延",
  followed_up: "回头看，已整改到位", still_wrong: "回头看，仍未整改到位",
};
const SEVERITIES = { general: "一般", serious: "较大", major: "重大" };
const POSTS = {
  parent: "家长", committee: "膳食家委会委员", supervisor: "责任督学", head: "学校负责人", manager: "食堂管理员", finance: "财务人员",
  county: "县教体局", prefecture: "州市教体局", province: "省教体局", regulator: "市场监管", administrator: "管理员",
};

/** A problem with every step, and what I may do next. */
export async function problem(app, given) {
  const found = await app.api.get(`/problems/${given.id}`);
  return {
    title: "问题",
    back: ["home"],
    content: h("div", {},
      h("section", {}, h("b", {}, found.title), found.words && h("p", {}, found.words), h("small", {}, found.school_name),
        h("p", {}, h("span", { class: `state ${found.state}` }, found.state_name), `　严重程度：${SEVERITIES[found.severity]}`),
        found.due_at && h("p", {}, `整改期限：${time(found.due_at)}`),
        found.next_said && h("p", { class: "next" }, found.next_said)),
      found.may.length > 0 && h("section", { class: "row" }, found.may.map((move) =>
        button(MOVES[move][0], () => make(app, found, move), FIRST.includes(move) ? "primary" : ""))),
      h("section", {}, h("h2", {}, "经过"), h("ol", { class: "timeline" }, found.steps.map((step) => line(app, step))))),
  };
}

function line(app, step) {
  const who = step.who ? [POSTS[step.post], step.who].filter(Boolean).join(" ") : "系统";
  return h("li", { class: step.move }, h("b", {}, STEPS[step.move]), h("small", {}, `${time(step.at)}　${who}`),
    step.words && h("p", {}, step.words), step.photos.length > 0 && thumbnails(app, step.photos));
}

/** Ask for words and photos, then make the move; what was begun is there again after a reload. */
async function make(app, found, move) {
  const [title, hint, photos, day] = MOVES[move];
  const name = `move:${found.id}:${move}:${found.cycle}:${found.state}`;
  const act = kept(app.user, name) || { request_id: newId(), words: "", ...(day ? { due_on: "" } : { photos: [] }) };
  const changed = () => keep(app.user, name, act);
  changed();
  const done = await sheet(title, (close) => h("div", {},
    day && h("label", { class: "field" }, day, h("input", { type: "date", value: act.due_on, required: true,
      oninput: (event) => { act.due_on = event.target.value; changed(); } })),
    labelled(hint, "textarea", act, "words", changed),
    photos && h("div", {}, h("h3", {}, photos), photoPicker(app, found.school_id, "problem", act.photos, 6, changed, title)),
    h("div", { class: "row" }, button("取消", () => close(false)),
      acting("确定", async () => { await app.api.post(`/problems/${found.id}/${move}`, act); close(true); }))));
  if (!done) return;
  forget(app.user, name);
  app.askConsent();
  app.go("problem", { id: found.id });
}
