import { h } from "../dom.js";
import { button } from "../parts.js";

/** Choose whose phone this is. */
export async function people(app, given) {
  const schools = await (await fetch("/demo/schools")).json();
  if (!given.school) {
    return {
      title: "选择一所学校",
      content: h("div", { class: "list" }, schools.map((school) =>
        button(school.name, () => app.go("people", { school: school.id })))),
    };
  }
  const found = await (await fetch(`/demo/people?school=${given.school}`)).json();
  return {
    title: "这台手机是谁的？",
    back: true,
    content: h("div", { class: "list" }, found.map((person) =>
      h("button", { type: "button", onclick: () => { location.hash = `as=${person.id}&school=${given.school}`; } },
        h("b", {}, person.name), h("small", {}, person.post)))),
  };
}
