import { h, newId, time } from "../dom.js";
import { acting, button, photoPicker, sheet, thumbnails } from "../parts.js";

const MOVES = {
  submit: ["提交整改", "说说怎么整改的", 1], close: ["核查通过，销号", "核查情况（可不填）", 0],
  return: ["退回整改", "哪里不到位", 0], appeal: ["申辩", "申辩的理由", 0],
  uphold: ["申辩成立", "处理意见", 0], reject: ["申辩不成立", "不予采纳的理由", 0],
  reopen: ["没解决", "哪里没有解决", 0],
};
const STEPS = {
  fix: "即知即改", assign: "发现问题，限期整改", submit: "提交整改", close: "核查通过，销号", return: "核查退回",
  appeal: "提出申辩", uphold: "申辩成立", reject: "申辩不成立", reopen: "反映没解决", expire: "超过期限",
};
const SEVERITIES = { general: "一般", serious: "较大", major: "重大" };

/** A problem with every step, and what I may do next. */
export async function problem(app, given) {
  const found = await app.api.get(`/problems/${given.id}`);
  return {
    title: "问题",
    back: true,
    content: h("div", {},
      h("section", {}, h("b", {}, found.title), h("p", {}, found.words), h("small", {}, found.school_name),
        h("p", {}, h("span", { class: `state ${found.state}` }, found.state_name), `　${SEVERITIES[found.severity]}`),
        found.due_at && h("p", {}, `整改期限：${time(found.due_at)}`)),
      h("section", { class: "row" }, found.may.map((move) =>
        button(MOVES[move][0], () => make(app, found, move), ["submit", "close"].includes(move) ? "primary" : ""))),
      h("section", {}, h("h2", {}, "经过"), h("ol", { class: "timeline" }, found.steps.map((step) =>
        h("li", {}, h("b", {}, STEPS[step.move]), h("small", {}, `${time(step.at)}　${step.who || "系统计时"}`),
          step.words && h("p", {}, step.words), step.photos.length > 0 && thumbnails(app, step.photos)))))),
  };
}

async function make(app, found, move) {
  const [words, hint, needed] = MOVES[move];
  const act = { request_id: newId(), words: "", photos: [] };
  const done = await sheet(words, (close) => {
    const text = h("textarea", { "aria-label": hint, placeholder: hint, maxlength: 500, oninput: (event) => { act.words = event.target.value; } });
    return h("div", {}, text,
      needed > 0 && photoPicker(app, found.school_id, "problem", act.photos, 6, () => {}, "整改后"),
      h("div", { class: "row" }, button("取消", () => close(false)),
        acting("确定", async () => { await app.api.post(`/problems/${found.id}/${move}`, act); close(true); })));
  });
  if (done) app.go("problem", { id: found.id, at: Date.now() });
}
