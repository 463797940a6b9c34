import { h } from "../dom.js";
import { button } from "../parts.js";

/** Choose whose phone this is: county, then school, then person; or an officer of the county. */
export async function people(app, given) {
  if (given.school) return persons({ school: given.school }, given.county);
  const schools = await ask("/demo/schools");
  const counties = new Map(schools.map((school) => [school.county_code, school.county]));
  if (!given.county) {
    return {
      title: "选择县（市、区）",
      content: h("div", { class: "list" }, [...counties].map(([county, name]) => button(name, () => app.go("people", { county })))),
    };
  }
  return {
    title: counties.get(given.county) || "选择学校",
    back: ["people"],
    content: h("div", { class: "list" },
      schools.filter((school) => school.county_code === given.county).map((school) =>
        button(school.name, () => app.go("people", { county: given.county, school: school.id }))),
      h("h2", { class: "among" }, "教体局"),
      (await ask(`/demo/people?county=${given.county}`)).map((person) => choice(person, { county: given.county }))),
  };
}

async function persons(scope, county) {
  const found = await ask(`/demo/people?school=${scope.school}`);
  return {
    title: "这台手机是谁的？",
    back: county ? ["people", { county }] : ["people"],
    content: h("div", { class: "list" }, found.map((person) => choice(person, scope))),
  };
}

function choice(person, scope) {
  const take = () => { location.hash = new URLSearchParams({ as: person.id, ...scope }).toString(); };
  return h("button", { type: "button", onclick: take }, h("b", {}, person.name), h("small", {}, person.post));
}

async function ask(path) {
  return (await fetch(path)).json();
}
