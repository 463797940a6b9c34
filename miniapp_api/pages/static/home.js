import { h, fill } from "./phone/dom.js";

const phone = document.getElementById("phone");
const state = { schools: [], county: null, school: null, people: [] };

async function json(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(path);
  return answer.json();
}

async function refresh() {
  const [schools, now] = await Promise.all([json("/demo/schools"), json("/demo/now")]);
  state.schools = schools;
  document.getElementById("now").textContent = now.spoken;
  for (const county of document.querySelectorAll(".county")) paint(county);
  if (state.county) listSchools();
}

function paint(county) {
  const mine = state.schools.filter((school) => school.county_code === county.dataset.code);
  const states = mine.flatMap((school) => [school.committee, school.supervisor]).filter((it) => it && it !== "excused");
  const done = states.filter((it) => it === "done").length;
  const share = states.length ? done / states.length : 0;
  county.classList.remove("low", "middle", "high");
  if (states.length) county.classList.add(share < 0.3 ? "low" : share < 0.7 ? "middle" : "high");
  county.querySelector(".figure").textContent = states.length ? `完成 ${done}/${states.length}` : "无学校";
  county.setAttribute("aria-label", `${county.dataset.name} 完成 ${done}/${states.length}`);
}

function choose(county) {
  for (const one of document.querySelectorAll(".county.chosen")) one.classList.remove("chosen");
  county.classList.add("chosen");
  state.county = { code: county.dataset.code, name: county.dataset.name };
  state.school = null;
  fill(document.getElementById("school"));
  listSchools();
}

const MARKS = { done: ["✓ 已入校", "done"], owed: ["○ 待入校", "owed"], excused: ["— 免", ""] };

function mark(duty) {
  const [words, kind] = MARKS[duty] || ["—", ""];
  return h("td", { class: kind }, words);
}

function listSchools() {
  document.getElementById("county-name").textContent = state.county.name;
  const rows = state.schools
    .filter((school) => school.county_code === state.county.code)
    .map((school) =>
      h("tr", {},
        h("td", {}, h("button", { onclick: () => show(school) }, school.name.replace(state.county.name, ""))),
        mark(school.committee),
        mark(school.supervisor),
        h("td", { class: school.overdue ? "overdue" : "" },
          school.problems ? `${school.problems} 件${school.overdue ? "（超期）" : ""}` : "0")));
  fill(document.getElementById("schools"),
    h("table", {},
      h("thead", {}, h("tr", {}, ["学校", "家委会", "督学", "未结问题"].map((words) => h("th", {}, words)))),
      h("tbody", {}, rows)));
}

async function show(school) {
  state.school = school;
  const people = await json(`/demo/people?school=${school.id}`);
  fill(document.getElementById("school"),
    h("div", {},
      h("img", { src: `/demo/poster/${school.id}.png`, alt: `${school.name}的签到码海报` })),
    h("div", {},
      h("h2", {}, school.name),
      h("p", { class: "note" }, "用旁边的手机扮演："),
      h("ul", {}, people.map((person) =>
        h("li", {}, h("button", { onclick: () => become(person) }, `${person.post} ${person.name}`))))));
}

function become(person) {
  phone.src = `/phone#as=${person.id}&school=${state.school.id}`;
  phone.contentWindow?.location.reload();
}

for (const county of document.querySelectorAll(".county")) {
  county.addEventListener("click", () => choose(county));
  county.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(county); }
  });
}
for (const button of document.querySelectorAll("[data-hours]")) {
  button.addEventListener("click", async () => {
    const body = JSON.stringify({ hours: Number(button.dataset.hours) });
    await json("/demo/clock", { method: "POST", body, headers: { "Content-Type": "application/json" } });
    await refresh();
  });
}
const scanned = new URLSearchParams(location.hash.slice(1)).get("scan");
if (scanned) phone.src = `/phone#scan=${scanned}`;
await refresh();
choose(document.querySelector(".county"));
setInterval(() => refresh().catch(() => {}), 4000);
