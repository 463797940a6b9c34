import { h, newId, time } from "../dom.js";
import { acting, labelled, thumbnails } from "../parts.js";
import { forget, keep, kept } from "../store.js";

const KINDS = { committee: "家委会入校记录", supervisor: "责任督学督查记录" };
const HOW = { signature: "学校当场签字", confirmation: "学校已确认", defence: "学校已申辩" };

/** A visit as it was sent, and the school's answer to it: what a notice of a record opens. */
export async function record(app, given) {
  const found = await app.api.get(`/visits/${given.id}`);
  const remarks = found.answers.filter((one) => one.remark);
  return {
    title: KINDS[found.kind],
    back: ["home"],
    content: h("div", {},
      h("section", {}, h("b", {}, found.school_name), h("small", {}, `${time(found.visited_at)}　${found.who}`),
        h("p", {}, `合格${found.passed}项，不合格${found.failed}项，未查看或不适用${found.unseen}项`),
        found.companions && h("p", {}, `同行人：${found.companions}`), found.remarks && h("p", {}, `备注：${found.remarks}`)),
      remarks.length > 0 && h("section", {}, h("h2", {}, "说明"), h("ul", { class: "lines" }, remarks.map((one) =>
        h("li", {}, h("span", {}, one.item), h("span", {}, one.remark))))),
      found.photos.length > 0 && h("section", {}, h("h2", {}, "现场照片"), thumbnails(app, found.photos)),
      found.record.state !== "none" && h("section", {}, h("h2", {}, "学校的答复"), answer(app, found))),
  };
}

function answer(app, found) {
  const said = found.record;
  if (said.state === "complete") {
    return h("div", {}, h("p", {}, `${HOW[said.how]}　${time(said.completed_at)}　${said.who || ""}`),
      (said.words || found.defence) && h("p", {}, said.words || found.defence));
  }
  const due = h("p", { class: "next" }, `请在${time(said.due_at)}前确认或申辩`);
  return said.may_answer ? h("div", {}, due, asked(app, found)) : h("div", {}, due, h("p", { class: "quiet" }, "等待学校答复。"));
}

function asked(app, found) {
  const name = `record:${found.id}`;
  const reply = kept(app.user, name) || { request_id: newId(), words: "" };
  const changed = () => keep(app.user, name, reply);
  changed();
  const send = (verb) => async () => {
    await app.api.post(`/visits/${found.id}/${verb}`, reply);
    forget(app.user, name);
    app.askConsent();
    app.go("record", { id: found.id });
  };
  return h("div", {}, labelled("学校意见（确认可不填，申辩须写明）", "textarea", reply, "words", changed),
    h("div", { class: "row" }, acting("提出申辩", send("defence"), ""), acting("确认记录", send("confirm"))));
}

/** The supervisors of the school a notice of an ending term is about. */
export async function terms(app, given) {
  const post = app.me.posts.find((one) => one.division_code && one.rights.includes("manage_people"));
  const found = post ? await app.api.get(`/divisions/${post.division_code}/supervisors`) : [];
  const here = found.filter((one) => one.terms.some((term) => term.school_id === Number(given.id)));
  return {
    title: "责任督学任期",
    back: ["home"],
    content: here.length ? h("div", {}, here.map((one) => h("section", {}, h("h2", {}, `${one.name}（负责${one.schools}所学校）`),
      h("ul", { class: "lines" }, one.terms.map((term) =>
        h("li", {}, h("span", {}, term.school_name), h("span", {}, `${term.since_on} 至 ${term.until_on || "未定"}`)))),
      h("p", { class: "quiet" }, "届满前请续任或换人：重新导入督学分工，或在人员管理中办理。"))))
      : h("p", { class: "quiet" }, "这所学校现在没有责任督学。"),
  };
}
