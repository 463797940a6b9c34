import { h, newId } from "../dom.js";
import { acting, button, labelled, radios, save, sheet, toast } from "../parts.js";
import { forget, keep, kept } from "../store.js";

const GRADES = [[-3, "小班"], [-2, "中班"], [-1, "大班"], ...[..."一二三四五六七八九"].map((word, n) => [n + 1, `${word}年级`]),
  [10, "高一"], [11, "高二"], [12, "高三"]];
const STATES = { planned: "未开始", open: "进行中", closed: "统计中", counted: "已公布", cancelled: "已取消" };
const percent = (share) => `${Math.round(share * 100)}%`;

/** What I am asked about my children, and the rounds of my schools with their results. */
export async function surveys(app) {
  const may = app.may("answer_surveys");
  const schools = app.me.posts.filter((post) => post.school_id && post.rights.includes("read_surveys"));
  const [asked, children, ...lists] = await Promise.all([
    may ? app.api.get("/me/surveys") : [], may ? app.api.get("/me/children") : [],
    ...schools.map((post) => app.api.get(`/schools/${post.school_id}/surveys`)),
  ]);
  return {
    title: "满意度测评",
    back: ["home"],
    content: h("div", {},
      may && h("section", {}, h("h2", {}, "请您评一评"),
        asked.length ? h("div", { class: "list" }, asked.map((one) => question(app, one))) : h("p", { class: "quiet" }, "现在没有要填的测评。")),
      may && h("section", {}, h("h2", {}, "我的孩子"), children.map((one) =>
        h("p", {}, `${one.school_name}　${one.grade_name}${one.class_name ? `　${one.class_name}` : ""}`)),
        button("登记孩子", () => declare(app, schools))),
      schools.map((post, n) => h("section", {}, h("h2", {}, post.school_name), h("div", { class: "list" },
        lists[n].length ? lists[n].map((one) => round(app, post, one)) : h("p", { class: "quiet" }, "还没有测评。"))))),
  };
}

function question(app, one) {
  const child = `${one.child.school_name}　${one.child.grade_name} ${one.child.class_name}`;
  const open = () => !one.answered && app.go("survey", { id: one.round_id, child: one.child.id, version: one.form_version });
  return h("button", { type: "button", class: one.answered ? "" : "mine", onclick: open }, h("b", {}, one.title), h("small", {}, child),
    h("span", { class: one.answered ? "done" : "owed" }, one.answered ? "✓ 已填写" : `○ 待填写，${one.closes_on} 截止`));
}

function round(app, post, one) {
  const words = `${STATES[one.state]}　${one.opens_on} 至 ${one.closes_on}　参加 ${one.took_part}/${one.invited}`;
  return h("button", { type: "button", onclick: () => app.go("result", { school: post.school_id, id: one.id }) },
    h("b", {}, one.title), h("small", {}, words));
}

/** Say whose guardian I am: school, grade and class, never a name. */
async function declare(app, schools) {
  const body = { request_id: newId(), school_id: schools[0].school_id, grade: 1, class_name: "" };
  const choose = (label, options, name) => {
    const select = h("select", { onchange: () => { body[name] = Number(select.value); } },
      options.map(([value, words]) => h("option", { value, selected: value === body[name] }, words)));
    return h("label", { class: "field" }, label, select);
  };
  const asked = (await app.api.get("/me/consents")).find((one) => one.kind === "child_data");
  const agree = () => asked.given || app.api.post("/me/consents", { kind: asked.kind, version: asked.version });
  const done = await sheet("登记孩子", (close) => h("div", {},
    choose("学校", schools.map((post) => [post.school_id, post.school_name]), "school_id"), choose("年级", GRADES, "grade"),
    labelled("班级（可不填）", "input", body, "class_name", () => {}, 10),
    !asked.given && h("section", {}, h("b", {}, asked.title), h("p", { class: "quiet" }, asked.purpose),
      h("p", { class: "quiet" }, `${asked.kept}${asked.withdrawal}`)),
    h("div", { class: "row" }, button("取消", () => close(false)),
      acting(asked.given ? "确定" : "同意并登记", async () => { await agree(); await app.api.post("/me/children", body); close(true); }))));
  if (done) app.go("surveys");
}

/** The twelve questions and the others, one thumb; what was chosen is there again after a reload. */
export async function survey(app, given) {
  const form = (await app.api.get("/questionnaires")).find((one) => one.version === Number(given.version));
  const name = `survey:${given.id}:${given.child}`;
  const body = kept(app.user, name) || { child_id: Number(given.child), form_version: form.version, marks: {}, days: 5, channel: "child", words: "" };
  const changed = () => keep(app.user, name, body);
  const tens = Array.from({ length: 11 }, (_, mark) => [mark, String(mark)]);
  const asked = form.questions.map((one, n) => h("section", {}, h("b", {}, `${n + 1}. ${one.title}`),
    radios(one.title, one.kind === "ten" ? tens : form.steps, body.marks[one.code], (mark) => { body.marks[one.code] = mark; changed(); },
      one.kind === "ten" ? "scores ten" : "verdicts steps")));
  const days = Array.from({ length: form.days[1] }, (_, n) => [n + form.days[0], `${n + form.days[0]}天`]);
  const other = (title, options, field) => h("section", {}, h("b", {}, title),
    radios(title, options, body[field], (value) => { body[field] = value; changed(); }, "verdicts steps"));
  return {
    title: "满意度测评",
    back: ["surveys"],
    content: h("div", {},
      h("section", { class: "good" }, h("p", {}, "不记名：答卷密封存放，测评结束后打乱启封，学校和教体局看不到是谁答的。提交后不能修改。")),
      asked, other(form.days_title, days, "days"), other(form.channel_title, form.channels, "channel"),
      h("section", {}, labelled(form.words_title, "textarea", body, "words", changed, form.longest_words)),
      acting("提交", async () => {
        const sent = await app.api.post(`/surveys/${given.id}/answers`, body);
        forget(app.user, name);
        toast(sent.said);
        app.go("surveys");
      }, "primary big")),
  };
}

/** What a round found at a school; a head's notice names the round alone. */
export async function result(app, given) {
  const school = given.school || app.me.posts.find((post) => post.school_id && post.rights.includes("read_surveys"))?.school_id;
  const found = await app.api.get(`/schools/${school}/surveys/${given.id}`);
  const remarks = app.may("read_remarks") && found.result ? await app.api.get(`/schools/${school}/surveys/${given.id}/remarks`) : [];
  return {
    title: "测评结果",
    back: ["surveys"],
    content: h("div", {},
      h("section", {}, h("b", {}, found.title), h("small", {}, `${found.opens_on} 至 ${found.closes_on}`),
        found.note && h("p", {}, found.note),
        ["planned", "open"].includes(found.state) && app.may("invite_parents") && h("div", {},
          h("p", { class: "quiet" }, "海报可以打印张贴，也可以发到班级群；家长扫码就知道怎样参加。"),
          acting("下载给家长的二维码海报", () => save(app, `/schools/${school}/surveys/${given.id}/poster.pdf`, `${found.title}海报.pdf`), "")),
        found.result && h("p", {}, `收到 ${found.result.n} 份，应答率 ${percent(found.result.response_rate)}`)),
      found.result && h("section", {}, h("h2", {}, "各题"), found.result.questions.map(figure)),
      found.grades.length > 0 && h("section", {}, h("h2", {}, "各年级总体满意度"), found.grades.map((grade) =>
        figure({ ...grade.questions[0], title: `${grade.name}（${grade.n}份）` }))),
      found.trend.length > 1 && h("section", {}, h("h2", {}, "历次总体满意度"), found.trend.map((one) =>
        figure({ ...one, kind: "steps" }))),
      remarks.length > 0 && h("section", {}, h("h2", {}, "家长的话"), remarks.map((one) =>
        h("p", {}, one.words, one.state === "waiting" && h("small", {}, "待审核"))))),
  };
}

function figure(one) {
  const words = one.kind === "ten" ? `平均 ${one.mean}，9–10分 ${percent(one.top_share)}` : `均分 ${one.mean}，满意率 ${percent(one.top_share)}`;
  return h("div", { class: "mark" }, h("span", {}, one.title), h("small", {}, words),
    h("meter", { min: 0, max: 1, value: one.top_share, "aria-label": `${one.title} ${words}` }));
}
