import { far, h, newId, time } from "../dom.js";
import { acting, button, radios, sheet, trying } from "../parts.js";
import { forget, keep, kept } from "../store.js";

/** Where the phone stands, as an offset in degrees from the school; 0.001° is about 110 m. */
const PLACES = {
  gate: { quality: "precise", off: 0.0003, accuracy_m: 25 },
  near: { quality: "fuzzy", off: 0.012, accuracy_m: 3000 },
  away: { quality: "precise", off: 0.25, accuracy_m: 25 },
  none: null,
};

/** Point the phone at a poster: here, choose which. */
export async function scan(app) {
  const schools = await (await fetch("/demo/schools")).json();
  const mine = app.me.posts.filter((post) => post.rights.includes("check_in")).map((post) => post.school_id);
  const home = schools.find((school) => mine.includes(school.id)) || schools[0];
  const codes = await (await fetch(`/demo/codes?county=${home.county_code}`)).json();
  codes.sort((a, b) => mine.includes(b.school_id) - mine.includes(a.school_id));
  const text = h("input", { "aria-label": "二维码内容", placeholder: "粘贴二维码或动态码的内容", value: app.pendingScan || "" });
  let where = "gate";
  const point = (code, school) => checkIn(app, code, placed(PLACES[where], school));
  const poster = (one) => h("button", { type: "button", class: mine.includes(one.school_id) ? "mine" : "",
    onclick: () => trying(() => point(one.url, schools.find((school) => school.id === one.school_id))) },
    h("b", {}, one.name), h("small", {}, mine.includes(one.school_id) ? "我的学校" : "不是我的学校"));
  const pasted = h("section", {}, h("h2", {}, app.pendingScan ? "已识别到二维码" : "或者粘贴二维码内容"), text,
    h("div", { class: "row" }, acting("签到", () => point(text.value.trim(), home), app.pendingScan ? "primary" : "")));
  return {
    title: "扫一扫",
    back: ["home"],
    content: h("div", {},
      app.pendingScan && pasted,
      h("section", {}, h("h2", {}, "手机定位"),
        radios("手机定位", [["gate", "在校门口"], ["near", "模糊定位"], ["away", "在外地"], ["none", "不提供"]], where, (chosen) => { where = chosen; })),
      h("h2", { class: "among" }, "镜头对准哪张海报？"),
      h("div", { class: "list" }, codes.map(poster)),
      !app.pendingScan && pasted),
  };
}

function placed(place, school) {
  if (!place || school?.longitude == null) return undefined;
  // no phone gives the same digits twice
  const off = () => place.off + Math.random() * 0.0005;
  return { quality: place.quality, coordinates: "wgs84", longitude: school.longitude + off(), latitude: school.latitude + off(), accuracy_m: place.accuracy_m };
}

/** A random id that stays with the phone, so that a known one is told from a strange one. */
function device(user) {
  const known = kept(user, "device") || newId();
  keep(user, "device", known);
  return known;
}

/** A check-in that was not answered keeps its id: tried again it is the same one. */
async function checkIn(app, code, place) {
  const now = await (await fetch("/demo/now")).json();
  const waiting = kept(app.user, "check-in");
  const body = waiting?.code === code ? waiting : { code, request_id: newId(), scanned_at: now.now, device: device(app.user), ...(place ? { place } : {}) };
  keep(app.user, "check-in", body);
  try {
    const done = await app.api.post("/check-ins", body);
    forget(app.user, "check-in");
    app.pendingScan = null;
    await begin(app, body.request_id, done);
  } catch (fault) {
    if (fault.status && fault.status < 500) forget(app.user, "check-in");
    throw fault;
  }
}

/** Start the form of this check-in; one that was left unfinished is thrown away only when the person says so. */
async function begin(app, checkInId, done) {
  const name = `visit:${done.school_id}`;
  const before = kept(app.user, name);
  if (before && Object.keys(before.answers || {}).length) {
    const again = await sheet("还有一份没有提交的表", (close) => h("div", {},
      h("p", {}, `${before.school_name}，${time(before.at)}签到，已填${Object.keys(before.answers).length}项。`),
      h("div", { class: "row" }, button("重新填写", () => close("new")), button("接着填写", () => close("old"), "primary"))));
    if (again !== "new") { app.go("visit", { school: done.school_id }); return; }
  }
  keep(app.user, name, {
    check_in: checkInId, request_id: newId(), school_id: done.school_id, school_name: done.school_name,
    at: done.at, distance_m: done.distance_m,
  });
  app.go("visit", { school: done.school_id });
}

export function checkedIn(draft) {
  const where = draft.distance_m === null ? "没有定位" : far(`距学校${draft.distance_m}米`);
  return h("section", { class: "good" }, h("b", {}, `✓ 已签到 ${draft.school_name}`), h("small", {}, `${time(draft.at)}　${where}`));
}
