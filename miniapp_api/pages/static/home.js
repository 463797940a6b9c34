import { h, fill } from "./phone/dom.js";

const at = (id) => document.getElementById(id);
const phone = at("phone");
const state = { schools: [], county: null, now: null };

async function json(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(path);
  return answer.json();
}

async function refresh() {
  const [schools, now] = await Promise.all([json("/demo/schools"), json("/demo/now")]);
  const changed = JSON.stringify(schools) !== JSON.stringify(state.schools);
  Object.assign(state, { schools, now });
  at("now").textContent = now.spoken;
  at("past-due").disabled = !now.next_due_at;
  at("past-due").title = now.next_due_at ? "" : "现在没有未到期的问题";
  if (!changed) return;
  const whole = tally(schools);
  at("covered").textContent = `全市完成 ${whole.done}/${whole.owed}`;
  for (const county of document.querySelectorAll(".county")) paint(county);
  if (state.county) listSchools();
}

/** Visits owed and made; excused ones are not owed. */
function tally(schools) {
  const states = schools.flatMap((school) => [school.committee, school.supervisor]).filter((it) => it && it !== "excused");
  return { owed: states.length, done: states.filter((it) => it === "done").length };
}

function paint(county) {
  const { owed, done } = tally(state.schools.filter((school) => school.county_code === county.dataset.code));
  const share = done / owed;
  county.classList.remove("low", "middle", "high");
  if (owed) county.classList.add(share < 0.3 ? "low" : share < 0.7 ? "middle" : "high");
  const words = owed ? `完成 ${done}/${owed}` : "无任务";
  document.querySelector(`.figure[data-of="${county.dataset.code}"]`).textContent = words;
  county.setAttribute("aria-label", `${county.dataset.name} ${words}`);
}

async function choose(county) {
  for (const one of document.querySelectorAll(".county")) one.setAttribute("aria-pressed", String(one === county));
  at("outline").setAttribute("d", county.querySelector("path").getAttribute("d"));
  state.county = { code: county.dataset.code, name: county.dataset.name };
  listSchools();
  const chosen = state.county;
  const officers = await json(`/demo/people?county=${chosen.code}`);
  if (state.county === chosen) fill(at("school"), h("div", { class: "wide" }, roles(officers, { county: chosen.code })));
}

const MARKS = { done: ["✓ 已入校", "done"], owed: ["○ 待入校", "owed"], excused: ["— 已免", ""] };

function mark(duty) {
  const [words, kind] = MARKS[duty] || ["—", ""];
  return h("td", { class: kind }, words);
}

function listSchools() {
  at("county-name").textContent = state.county.name;
  const held = at("schools").contains(document.activeElement) && document.activeElement.dataset.school;
  const rows = state.schools
    .filter((school) => school.county_code === state.county.code)
    .map((school) =>
      h("tr", {},
        h("td", {}, h("button", { type: "button", "data-school": school.id, onclick: () => show(school) }, school.name.replace(state.county.name, ""))),
        mark(school.committee),
        mark(school.supervisor),
        h("td", { class: school.overdue ? "overdue" : "" },
          school.problems ? `${school.problems} 件${school.overdue ? `（超期${school.overdue}）` : ""}` : "0")));
  fill(at("schools"),
    h("table", {},
      h("thead", {}, h("tr", {}, ["学校", "家委会", "督学", "未结问题"].map((words) => h("th", { scope: "col" }, words)))),
      h("tbody", {}, rows)));
  if (held) at("schools").querySelector(`[data-school="${held}"]`)?.focus();
}

async function show(school) {
  const people = await json(`/demo/people?school=${school.id}`);
  const poster = `/demo/poster/${school.id}.png`;
  fill(at("school"),
    h("button", { type: "button", class: "poster", "aria-label": `放大${school.name}的海报`, onclick: () => enlarge(poster, school.name) },
      h("img", { src: poster, alt: `${school.name}的签到码海报` }), "点击放大"),
    h("div", {}, h("h2", {}, school.name), roles(people, { school: school.id })));
}

/** Whom the phone can be given to. */
function roles(people, scope) {
  return [
    h("p", { class: "note" }, "用这台手机扮演："),
    h("ul", {}, people.map((person) =>
      h("li", {}, h("button", { type: "button", onclick: () => become(person, scope) }, `${person.post} ${person.name}`)))),
  ];
}

function become(person, scope) {
  phone.contentWindow.location.replace(`/phone#${new URLSearchParams({ as: person.id, ...scope })}`);
  toPhone();
}

const NARROW = matchMedia("(max-width: 860px)");
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** On a narrow screen the phone stands below the lists: bring it into view. */
function toPhone() {
  if (NARROW.matches) phone.scrollIntoView({ block: "start", behavior: STILL.matches ? "auto" : "smooth" });
}

function enlarge(source, name) {
  const picture = at("large").querySelector("img");
  picture.src = source;
  picture.alt = `${name}的签到码海报`;
  at("large").showModal();
}

async function forward(hours) {
  const body = JSON.stringify({ hours });
  await json("/demo/clock", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  await refresh();
}

const PAST_DUE_H = 0.1;
/** Just after the morning lists, in hours of the Beijing day. */
const MORNING_H = 6 + 41 / 60;
const BEIJING_H = 8;

for (const county of document.querySelectorAll(".county")) {
  county.addEventListener("click", () => choose(county));
  county.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(county); }
  });
}
for (const button of document.querySelectorAll("[data-hours]")) {
  button.addEventListener("click", () => forward(Number(button.dataset.hours)));
}
at("morning").addEventListener("click", () => {
  const hour = (Date.parse(state.now.now) / 3_600_000 + BEIJING_H) % 24;
  return forward((MORNING_H - hour + 24) % 24 || 24);
});
at("past-due").addEventListener("click", () =>
  forward((new Date(state.now.next_due_at) - new Date(state.now.now)) / 3_600_000 + PAST_DUE_H));
at("large").querySelector("button").addEventListener("click", () => at("large").close());

const scanned = location.hash.includes("scan=");
if (scanned) phone.src = `/phone${location.hash}`;
await refresh();
await choose(document.querySelector(".county"));
if (scanned) toPhone();
setInterval(() => refresh().catch(() => {}), 4000);
