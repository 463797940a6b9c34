import { fill, h } from "../dom.js";
import { acting, button, photoPicker, signaturePad, thumbnails, toast } from "../parts.js";
import { forget, keep, kept } from "../store.js";
import { checkedIn } from "./scan.js";

const TASTES = { look: "外观", smell: "气味", taste: "味道", warmth: "温度", portion: "分量" };
const COUNTS = { dust: "防尘", rat: "防鼠", fly: "防蝇" };
const SEVERITIES = { general: "一般", serious: "较大", major: "重大" };
const HANDLINGS = { deadline: "限期整改", on_spot: "即知即改", report: "上报" };
const NEUTRAL = ["pass", "unseen", "na"];

/** The monthly form. Every tap is kept on the phone; sending twice counts once. */
export async function visit(app) {
  const draft = kept(app.user, "visit");
  if (!draft) return { title: "入校监督", back: true, content: h("p", {}, "请先扫码签到。") };
  const forms = await app.api.get("/forms");
  const posts = app.me.posts.filter((post) => post.school_id === draft.school_id);
  const kind = posts.some((post) => post.kind === "supervisor") ? "supervisor" : "committee";
  const form = forms.filter((one) => one.kind === kind).at(-1);
  draft.answers ||= {};
  draft.photos ||= [];
  draft.signatures ||= [];
  const save = () => keep(app.user, "visit", draft) || toast("手机存储已满，请清理后继续。", "bad");
  const progress = h("p", { class: "quiet", role: "status" });
  const count = () => { progress.textContent = `已填 ${Object.keys(draft.answers).length}/${form.items.length} 项`; };
  const changed = () => { save(); count(); };
  count();
  return {
    title: form.title,
    back: true,
    content: h("div", { class: "form" },
      checkedIn(draft), progress,
      button("其余都合格", () => {
        for (const item of form.items) draft.answers[item.code] ||= blank(item, "pass");
        changed();
        app.go("visit", { filled: Date.now() });
      }),
      form.items.map((item) => itemCard(app, form, item, draft, changed)),
      form.grades.length > 0 && choice("总体评价", Object.fromEntries(form.grades), draft.grade, (grade) => { draft.grade = grade; changed(); }),
      labelled("同行人", "input", draft, "companions", changed),
      labelled("备注", "textarea", draft, "remarks", changed),
      kind === "supervisor" && labelled("学校申辩", "textarea", draft, "defence", changed),
      h("section", {}, h("h2", {}, "现场照片（1到6张）"), photoPicker(app, draft.school_id, "visit", draft.photos, 6, changed, draft.school_name)),
      signature(app, draft, changed),
      acting("提交", () => send(app, form, draft), "primary big")),
  };
}

function blank(item, verdict) {
  const answer = { item: item.code, verdict };
  if (item.kind === "tasting" && verdict !== "unseen") answer.scores = Object.fromEntries(Object.keys(TASTES).map((name) => [name, 4]));
  if (item.kind === "counts" && verdict !== "unseen") answer.counts = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, null]));
  return answer;
}

function itemCard(app, form, item, draft, changed) {
  const card = h("section", { class: "item", "data-item": item.code });
  function draw() {
    const answer = draft.answers[item.code];
    const bad = answer && !NEUTRAL.includes(answer.verdict);
    fill(card,
      h("h2", {}, item.key ? h("span", { class: "star", title: "关键项" }, "★") : null, `${item.code.replace(/^C0?/, "")} ${item.title}`),
      h("p", { class: "hint" }, "✓ ", item.hint_right, h("br"), "✗ ", item.hint_wrong),
      h("div", { class: "verdicts", role: "radiogroup", "aria-label": item.title }, form.verdicts.map(([verdict, words]) =>
        h("button", { type: "button", role: "radio", "aria-checked": String(answer?.verdict === verdict), class: answer?.verdict === verdict ? `on ${verdict}` : "",
          onclick: () => { draft.answers[item.code] = { ...blank(item, verdict), ...keepWords(answer) }; changed(); draw(); } }, words))),
      answer?.scores && h("div", { class: "scores" }, Object.entries(TASTES).map(([name, words]) => number(words, 1, 5, answer.scores, name, changed))),
      answer?.counts && h("div", { class: "scores" }, Object.entries(COUNTS).map(([name, words]) => number(words, 0, 9999, answer.counts, name, changed))),
      bad && failure(app, form, item, answer, draft, changed));
  }
  draw();
  return card;
}

function keepWords(answer) {
  return answer?.remark ? { remark: answer.remark } : {};
}

function failure(app, form, item, answer, draft, changed) {
  answer.photos ||= [];
  const supervising = form.kind === "supervisor";
  if (supervising) { answer.severity ||= "general"; answer.handling ||= "deadline"; }
  return h("div", { class: "failure" },
    labelled("问题说明", "textarea", answer, "remark", changed),
    supervising && choice("严重程度", SEVERITIES, answer.severity, (value) => { answer.severity = value; changed(); }),
    supervising && choice("处理方式", HANDLINGS, answer.handling, (value) => { answer.handling = value; changed(); }),
    photoPicker(app, draft.school_id, "visit", answer.photos, 3, changed, item.title));
}

function number(words, low, high, values, name, changed) {
  return h("label", {}, words, h("input", { type: "number", inputmode: "numeric", min: low, max: high, value: values[name] ?? "",
    onchange: (event) => { values[name] = event.target.value === "" ? null : Number(event.target.value); changed(); } }));
}

function labelled(words, tag, holder, name, changed) {
  return h("label", { class: "field" }, words, h(tag, { value: holder[name] || "", maxlength: tag === "input" ? 100 : 500,
    onchange: (event) => { holder[name] = event.target.value; changed(); } }));
}

function choice(title, options, chosen, choose) {
  const box = h("section", {});
  function draw(now) {
    fill(box, h("h2", {}, title), h("div", { class: "verdicts", role: "radiogroup", "aria-label": title }, Object.entries(options).map(([code, words]) =>
      h("button", { type: "button", role: "radio", "aria-checked": String(now === code), class: now === code ? "on" : "", onclick: () => { choose(code); draw(code); } }, words))));
  }
  draw(chosen);
  return box;
}

function signature(app, draft, changed) {
  const box = h("section", {});
  function draw() {
    fill(box, h("h2", {}, "签名"), draft.signatures.length
      ? h("div", {}, thumbnails(app, draft.signatures), button("重签", () => { draft.signatures = []; changed(); draw(); }))
      : signaturePad(async (blob) => {
        draft.signatures = [await app.api.photo(draft.school_id, "signature", blob, crypto.randomUUID())];
        changed();
        draw();
      }));
  }
  draw();
  return box;
}

async function send(app, form, draft) {
  const body = {
    request_id: draft.request_id, check_in: draft.check_in, kind: form.kind, form_version: form.version,
    answers: form.items.map((item) => draft.answers[item.code]).filter(Boolean),
    grade: draft.grade || "", remarks: draft.remarks || "", companions: draft.companions || "", defence: draft.defence || "",
    photos: draft.photos, signatures: draft.signatures,
  };
  try {
    const sent = await app.api.post("/visits", body);
    forget(app.user, "visit");
    toast(sent.problems.length ? `已提交，立了${sent.problems.length}个问题，已通知学校整改。` : "已提交，谢谢您。");
    app.go("home");
  } catch (fault) {
    const first = fault.facts.faults?.[0];
    if (first) {
      document.querySelector(`[data-item="${first[0]}"]`)?.scrollIntoView({ block: "center" });
      throw new Error(`${fault.message}${first[1]}`);
    }
    throw fault;
  }
}
