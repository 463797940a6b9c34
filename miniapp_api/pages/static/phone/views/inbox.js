import { h, time } from "../dom.js";

/** What my posts were told; opening the list marks it read. */
export async function inbox(app) {
  const found = await app.api.get("/notices?limit=50");
  const fresh = found.items.filter((one) => !one.read).map((one) => one.id);
  if (fresh.length) await app.api.post("/notices/read", { ids: fresh });
  return {
    title: "站内消息",
    back: true,
    content: h("div", { class: "list" }, found.items.length ? found.items.map((one) =>
      h("button", { type: "button", onclick: () => one.subject_kind === "problem" && app.go("problem", { id: one.subject_id }) },
        h("b", {}, (one.read ? "" : "● ") + one.title), h("small", {}, `${one.facts.school || ""} ${one.facts.title || ""}`), h("small", {}, time(one.at)))) :
      h("p", { class: "quiet" }, "还没有消息。")),
  };
}
