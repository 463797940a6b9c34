import { h, newId, time } from "../dom.js";
import { acting, trying } from "../parts.js";
import { keep, kept } from "../store.js";

/** Point the phone at a poster: here, choose which. A check-in keeps its id until it is answered. */
export async function scan(app) {
  const schools = await (await fetch("/demo/schools")).json();
  const near = app.me.posts.map((post) => post.school_id).filter(Boolean);
  const county = schools.find((school) => near.includes(school.id))?.county_code || schools[0]?.county_code;
  const codes = await (await fetch(`/demo/codes?county=${county}`)).json();
  codes.sort((a, b) => near.includes(b.school_id) - near.includes(a.school_id));
  const text = h("input", { "aria-label": "二维码内容", placeholder: "或粘贴二维码内容", value: app.pendingScan || "" });
  const where = h("select", { "aria-label": "定位" },
    h("option", { value: "none" }, "不提供定位"), h("option", { value: "fuzzy" }, "模糊定位"), h("option", { value: "precise" }, "精确定位"));
  const place = () => where.value === "none" ? undefined :
    { quality: where.value, longitude: 103.8, latitude: 25.49, accuracy_m: where.value === "precise" ? 25 : 3000 };
  return {
    title: "扫一扫",
    back: true,
    content: h("div", {},
      h("section", {}, h("p", {}, "镜头前是哪张海报？"), h("label", {}, "定位 ", where)),
      h("div", { class: "list" }, codes.map((one) =>
        h("button", { type: "button", class: near.includes(one.school_id) ? "mine" : "", onclick: () => trying(() => checkIn(app, one.url, place())) },
          h("b", {}, one.name), h("small", {}, near.includes(one.school_id) ? "我的学校" : "")))),
      h("section", {}, text, acting("识别", () => checkIn(app, text.value.trim(), place()), ""))),
  };
}

async function checkIn(app, code, place) {
  app.pendingScan = null;
  const now = await (await fetch("/demo/now")).json();
  const waiting = kept(app.user, "check-in");
  const body = waiting?.code === code ? waiting : { code, request_id: newId(), scanned_at: now.now, ...(place ? { place } : {}) };
  keep(app.user, "check-in", body);
  try {
    const done = await app.api.post("/check-ins", body);
    keep(app.user, "check-in", null);
    keep(app.user, "visit", { check_in: body.request_id, school_id: done.school_id, school_name: done.school_name, at: done.at, distance_m: done.distance_m, request_id: newId() });
    app.go("visit");
  } catch (fault) {
    if (fault.status) keep(app.user, "check-in", null);
    throw fault;
  }
}

export function checkedIn(draft) {
  const far = draft.distance_m === null ? "没有定位" : `距学校${draft.distance_m}米`;
  return h("section", { class: "good" }, h("b", {}, `✓ 已签到 ${draft.school_name}`), h("small", {}, `${time(draft.at)}　${far}`));
}

