import { fill, h, newId } from "../dom.js";
import { acting, button, labelled, photoPicker, radios, sheet, signaturePad, thumbnails, toast } from "../parts.js";
import { forget, keep, kept } from "../store.js";
import { checkedIn } from "./scan.js";

const TASTES = { look: "外观", smell: "气味", taste: "味道", warmth: "温度", portion: "分量" };
const COUNTS = { dust: "防尘", rat: "防鼠", fly: "防蝇" };
const SEVERITIES = [["general", "一般"], ["serious", "较大"], ["major", "重大"]];
const HANDLINGS = [["deadline", "限期整改"], ["on_spot", "即知即改"], ["report", "上报"]];
const NOT_SEEN = ["unseen", "na"];
const NEUTRAL = ["pass", ...NOT_SEEN];
const SCORES = [1, 2, 3, 4, 5].map((score) => [score, String(score)]);

/** The monthly form. Every tap is kept on the phone; sending twice counts once. */
export async function visit(app, given) {
  const name = `visit:${given.school}`;
  const draft = kept(app.user, name);
  if (!draft) return { title: "入校监督", back: ["home"], content: h("p", {}, "请先扫码签到。") };
  const form = await formFor(app, draft);
  draft.answers ||= {};
  draft.photos ||= [];
  draft.signed ||= {};
  const progress = h("p", { class: "progress", role: "status" });
  const changed = () => {
    if (!keep(app.user, name, draft)) toast("手机存储已满，请清理后继续。", "bad");
    progress.textContent = `已填 ${Object.keys(draft.answers).length}/${form.items.length} 项`;
  };
  const cards = form.items.map((item) => itemCard(app, form, item, draft, changed));
  const supervising = form.kind === "supervisor";
  changed();
  return {
    title: form.title,
    back: ["home"],
    content: h("div", { class: "form" },
      checkedIn(draft), progress,
      cards.map((card) => card.element),
      button("演示：其余都合格", () => fillRest(form, draft, cards, changed), "big"),
      form.grades.length > 0 && h("section", {}, h("h2", {}, "总体评价"),
        radios("总体评价", form.grades, draft.grade, (grade) => { draft.grade = grade; changed(); })),
      labelled("同行人", "input", draft, "companions", changed, 100),
      labelled("备注", "textarea", draft, "remarks", changed),
      supervising && labelled("学校申辩", "textarea", draft, "defence", changed),
      h("section", {}, h("h2", {}, `现场照片（${form.min_photos}到${form.max_photos}张）`),
        photoPicker(app, draft.school_id, "visit", draft.photos, form.max_photos, changed, draft.school_name)),
      signature(app, draft, "own", supervising ? "督学签名" : "签名", changed),
      supervising && signature(app, draft, "school", "学校负责人签名", changed),
      acting("提交", () => send(app, form, draft, name, cards), "primary big"),
      button("放弃这份表", () => discard(app, draft, name), "big plain")),
  };
}

async function formFor(app, draft) {
  const forms = await app.api.get("/forms");
  const posts = app.me.posts.filter((post) => post.school_id === draft.school_id);
  const kind = posts.some((post) => post.kind === "supervisor") ? "supervisor" : "committee";
  return forms.filter((form) => form.kind === kind).at(-1);
}

/** For a demonstration in a hurry; what was answered stays. */
function fillRest(form, draft, cards, changed) {
  for (const item of form.items) {
    if (draft.answers[item.code]) continue;
    const answer = { item: item.code, verdict: "pass" };
    if (item.kind === "tasting") answer.scores = Object.fromEntries(Object.keys(TASTES).map((taste) => [taste, 4]));
    if (item.kind === "counts") answer.counts = Object.fromEntries(Object.keys(COUNTS).map((count) => [count, 2]));
    draft.answers[item.code] = answer;
  }
  changed();
  cards.forEach((card) => card.draw());
}

/** What an item's new verdict keeps of the answer before it. */
function answered(item, verdict, before) {
  const answer = { item: item.code, verdict };
  if (before?.remark) answer.remark = before.remark;
  if (item.kind === "tasting" && !NOT_SEEN.includes(verdict)) answer.scores = before?.scores || {};
  if (item.kind === "counts" && !NOT_SEEN.includes(verdict)) {
    answer.counts = before?.counts || Object.fromEntries(Object.keys(COUNTS).map((name) => [name, null]));
  }
  if (!NEUTRAL.includes(verdict)) answer.photos = before?.photos || [];
  return answer;
}

/** The committee's C01 to C20 are 1 to 20 to a parent; the supervisor's codes are the national form's own. */
const numbered = (form, item) => (form.kind === "committee" ? item.code.replace(/^C0?/, "") : item.code);

function itemCard(app, form, item, draft, changed) {
  const more = h("div", {});
  const picker = h("div", {});
  const fault = h("p", { class: "fault", role: "alert" });
  const element = h("section", { class: "item", "data-item": item.code },
    h("h2", {}, item.key ? h("span", { class: "star", role: "img", "aria-label": "关键项" }, "★") : null, `${numbered(form, item)} ${item.title}`),
    h("p", { class: "hint" }, "✓ ", item.hint_right, h("br"), "✗ ", item.hint_wrong),
    picker, more, fault);
  function choose(verdict) {
    draft.answers[item.code] = answered(item, verdict, draft.answers[item.code]);
    fault.textContent = "";
    changed();
    drawMore();
  }
  function drawMore() {
    const answer = draft.answers[item.code];
    const bad = answer && !NEUTRAL.includes(answer.verdict);
    fill(more, answer?.scores && tasting(answer.scores, changed), answer?.counts && counting(answer.counts, changed),
      bad && failure(app, form, item, answer, draft, changed));
  }
  function draw() {
    fill(picker, radios(item.title, form.verdicts, draft.answers[item.code]?.verdict, choose));
    drawMore();
  }
  draw();
  return { element, draw, code: item.code, say: (words) => { fault.textContent = words; } };
}

function tasting(scores, changed) {
  return h("div", { class: "tastes" }, Object.entries(TASTES).map(([name, words]) =>
    h("div", { class: "taste" }, h("span", {}, words),
      radios(`${words}，1到5分`, SCORES, scores[name], (score) => { scores[name] = score; changed(); }, "scores"))));
}

function counting(counts, changed) {
  return h("div", { class: "counts" }, Object.entries(COUNTS).map(([name, words]) =>
    h("label", {}, words, h("input", { type: "number", inputmode: "numeric", min: 0, max: 9999, value: counts[name] ?? "", placeholder: "没数",
      oninput: (event) => { counts[name] = event.target.value === "" ? null : Number(event.target.value); changed(); } }))));
}

function failure(app, form, item, answer, draft, changed) {
  answer.photos ||= [];
  const supervising = form.kind === "supervisor";
  if (supervising) { answer.severity ||= "general"; answer.handling ||= "deadline"; changed(); }
  const set = (name) => (value) => { answer[name] = value; changed(); };
  return h("div", { class: "failure" },
    labelled("问题说明", "textarea", answer, "remark", changed),
    supervising && [h("h3", {}, "严重程度"), radios("严重程度", SEVERITIES, answer.severity, set("severity"))],
    supervising && [h("h3", {}, "处理方式"), radios("处理方式", HANDLINGS, answer.handling, set("handling")),
      h("small", {}, "即知即改要附整改前、整改后两张照片。")],
    h("h3", {}, item.key ? "照片（必须有一张）" : "照片"),
    photoPicker(app, draft.school_id, "visit", answer.photos, 3, changed, item.title));
}

function signature(app, draft, who, title, changed) {
  const box = h("section", {});
  function draw() {
    const key = draft.signed[who];
    fill(box, h("h2", {}, title), key
      ? h("div", {}, thumbnails(app, [key]), button("重签", () => { delete draft.signed[who]; changed(); draw(); }))
      : signaturePad(title, async (blob) => {
        draft.signed[who] = await app.api.photo(draft.school_id, "signature", blob, newId());
        changed();
        draw();
      }));
  }
  draw();
  return box;
}

async function discard(app, draft, name) {
  const sure = await sheet("放弃这份表？", (close) => h("div", {}, h("p", {}, `${draft.school_name}的这份表还没有提交，放弃后不能找回。`),
    h("div", { class: "row" }, button("放弃", () => close(true)), button("接着填写", () => close(false), "primary"))));
  if (!sure) return;
  forget(app.user, name);
  app.go("home");
}

async function send(app, form, draft, name, cards) {
  const body = {
    request_id: draft.request_id, check_in: draft.check_in, kind: form.kind, form_version: form.version,
    answers: form.items.map((item) => draft.answers[item.code]).filter(Boolean),
    grade: draft.grade || "", remarks: draft.remarks || "", companions: draft.companions || "", defence: draft.defence || "",
    photos: draft.photos, signatures: [draft.signed.own, draft.signed.school].filter(Boolean),
  };
  cards.forEach((card) => card.say(""));
  try {
    const sent = await app.api.post("/visits", body);
    // once it is sent: the question would lie over what is wrong with the form
    app.askConsent();
    forget(app.user, name);
    toast(sent.problems.length ? `已提交，立了${sent.problems.length}个问题，已通知学校整改。` : "已提交，谢谢您。");
    app.go("home");
  } catch (fault) {
    for (const [code, sentence] of [...(fault.facts?.faults || [])].reverse()) mark(cards, code, sentence);
    const whole = (fault.facts?.faults || []).filter(([code]) => !code).map(([, sentence]) => sentence);
    throw whole.length ? new Error(whole.join("")) : fault;
  }
}

/** Say beside each item what it lacks; the last one marked is the one shown. */
function mark(cards, code, sentence) {
  const card = cards.find((one) => one.code === code);
  card?.say(sentence);
  card?.element.scrollIntoView({ block: "center" });
}
