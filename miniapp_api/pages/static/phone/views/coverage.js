import { far, h, time } from "../dom.js";
import { list } from "./home.js";

const KINDS = { committee: "家委会", supervisor: "责任督学" };
const COUNTY = 6;
const ENDED = ["closed", "cancelled"];

/** Figures of my division, one level down at a time; at a county, its open problems. */
export async function coverage(app, given) {
  const mine = app.me.posts.find((one) => one.division_code && one.rights.includes("read_school")).division_code;
  const division = given.division || mine;
  const [lines, problems, weak] = await Promise.all([
    app.api.get(`/divisions/${division}/coverage`),
    division.length === COUNTY ? app.api.get(`/problems?division=${division}&limit=50`) : null,
    app.may("read_evidence") ? app.api.get(`/divisions/${division}/check-ins?limit=10`) : null,
  ]);
  const places = grouped(lines);
  const up = division.slice(0, -2);
  return {
    title: given.name || "本月入校覆盖",
    back: division === mine ? ["home"] : ["coverage", up === mine ? {} : { division: up }],
    content: h("div", {},
      h("div", { class: "list" }, [...places].map(([code, found]) => place(app, division, code, found)),
        !lines.length && h("p", { class: "quiet" }, "本月没有入校任务。")),
      weak && doubtful(weak),
      problems && list(app, "没有办完的问题", problems.items.filter((one) => !ENDED.includes(one.state)), problems.next)),
  };
}

function grouped(lines) {
  const places = new Map();
  for (const line of lines) places.set(line.code, [...(places.get(line.code) || []), line]);
  return places;
}

function place(app, division, code, lines) {
  const inside = [h("b", {}, lines[0].name), lines.map(figure)];
  return code === division
    ? h("section", {}, inside)
    : h("button", { type: "button", onclick: () => app.go("coverage", { division: code, name: lines[0].name }) }, inside);
}

function figure(line) {
  const words = `${KINDS[line.kind]} 完成 ${line.done}/${line.owed}${line.excused ? `（已免${line.excused}）` : ""}`;
  return h("span", { class: "figure" }, words, h("meter", { min: 0, max: Math.max(1, line.owed), value: line.done, "aria-label": words }));
}

/** Check-ins that prove little, the least first, each with its reasons. */
function doubtful(weak) {
  return h("section", {}, h("h2", {}, `证据薄弱的签到（${weak.items.length}${weak.next ? "＋" : ""}）`),
    weak.items.length ? h("ul", { class: "weak" }, weak.items.map((one) =>
      h("li", {}, h("b", {}, one.school_name), h("small", {}, `${one.who} ${time(one.at)}签到　证据分 ${one.evidence.score}`),
        h("ul", {}, one.evidence.reasons.map((reason) => h("li", { class: reason.side }, points(reason), far(reason.said)))))))
      : h("p", { class: "quiet" }, "没有。"));
}

function points(reason) {
  const words = reason.points > 0 ? `＋${reason.points}` : String(reason.points).replace("-", "−");
  return h("span", { class: "points" }, reason.side === "note" ? "注" : words);
}
