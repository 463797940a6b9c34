import { h } from "../dom.js";
import { button } from "../parts.js";

const KINDS = { committee: "家委会", supervisor: "责任督学" };

/** Figures of my division, one level down at a time. */
export async function coverage(app, given) {
  const post = app.me.posts.find((one) => one.division_code && one.rights.includes("read_school"));
  const division = given.division || post.division_code;
  const lines = await app.api.get(`/divisions/${division}/coverage`);
  return {
    title: "本月入校覆盖",
    back: true,
    content: h("div", { class: "list" }, lines.map((line) => {
      const words = `${KINDS[line.kind]} ${line.done}/${line.owed}${line.excused ? `（免${line.excused}）` : ""}`;
      return division.length < 4 || line.code !== division
        ? h("button", { type: "button", onclick: () => app.go("coverage", { division: line.code }) }, h("b", {}, line.name), h("span", {}, words))
        : h("p", {}, h("b", {}, line.name), " ", words);
    }), button("返回", () => history.back())),
  };
}
