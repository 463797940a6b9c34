import { h } from "../dom.js";
import { acting, labelled, toast } from "../parts.js";

const MARKS = { overdue: "超期", today: "今天到期", soon: "7天内", open: "待办" };
/** What a line opens, by what it is about; what is not here cannot be opened. */
const OPENS = {
  problem: (app, line) => app.go("problem", { id: line.subject_id }),
  survey: (app, line) => app.go("result", { id: line.subject_id, school: line.school_id }),
  visit: (app, line) => app.go("record", { id: line.subject_id }),
  duty: (app) => app.go("scan"),
};

/** What I must do, most pressing first, each with its link; and when the morning list comes. */
export async function today(app) {
  const [found, morning] = await Promise.all([app.api.get("/me/today"), app.api.get("/me/morning")]);
  return {
    title: "今日待办",
    back: ["home"],
    content: h("div", {},
      h("section", {}, h("h2", {}, `${Number(found.on.slice(5, 7))}月${Number(found.on.slice(8))}日`), h("p", {}, found.words)),
      found.items.length > 0 && h("section", {}, h("div", { class: "list" }, found.items.map((item) => line(app, item)))),
      choice(app, morning)),
  };
}

function line(app, item) {
  const open = OPENS[item.subject_kind];
  const due = item.line.slice(item.line.lastIndexOf("（") + 1, -1);
  const inside = [h("b", {}, item.title), h("small", {}, due),
    h("span", { class: `state ${item.standing === "overdue" ? "overdue" : ""}` }, `${item.source_title}　${MARKS[item.standing]}`)];
  return open ? h("button", { type: "button", onclick: () => { app.askConsent(); open(app, item); } }, inside) : h("div", { class: "item" }, inside);
}

/** Whether the morning list is wanted, and when. */
function choice(app, morning) {
  const wanted = h("input", { type: "checkbox" });
  wanted.checked = morning.wanted;
  const holder = { at: morning.at || "" };
  return h("section", {}, h("h2", {}, "晨间清单"),
    h("p", { class: "hint" }, "上学日早上发一条当天要办的事，没有新的事不发。"),
    h("label", {}, wanted, "要收到晨间清单"),
    labelled("时间（不填则按当地规定；整10分钟，如07:30）", "input", holder, "at", () => {}, 5),
    acting("保存", async () => {
      await app.api.put("/me/morning", { wanted: wanted.checked, at: holder.at.trim() || null });
      toast(wanted.checked ? `已保存，${holder.at.trim() || "按当地规定的时间"}发送` : "已保存，不再发晨间清单");
    }, ""));
}

/** A summary or an end-of-month notice as it was sent. */
export async function digest(app, given) {
  const found = await app.api.get(`/digests/${given.id}`);
  return {
    title: found.title.split("（")[0],
    back: ["home"],
    content: h("div", {},
      h("section", {}, h("h2", {}, found.title), h("p", {}, found.lead)),
      found.figures.length > 0 && h("section", {}, h("table", { class: "figures" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "事项"), h("th", { scope: "col" }, "上周"), h("th", { scope: "col" }, "前一周"))),
        h("tbody", {}, found.figures.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, one.now), h("td", {}, one.before)))))),
      found.sections.map((section) => h("section", {}, h("h2", {}, `${section.title}（${section.lines.length}）`),
        h("ul", { class: "lines" }, section.lines.map((one) => h("li", {}, h("span", {}, one.text))))))),
  };
}
