import { h, time } from "../dom.js";
import { button } from "../parts.js";

/** What my posts were told; opening the list marks it read. */
export async function inbox(app) {
  const found = await app.api.get("/notices?limit=50");
  const fresh = found.items.filter((one) => !one.read).map((one) => one.id);
  if (fresh.length) await app.api.post("/notices/read", { ids: fresh });
  return {
    title: "站内消息",
    back: ["home"],
    content: h("div", {},
      h("div", { class: "list" }, found.items.length ? found.items.map((one) => line(app, one)) : h("p", { class: "quiet" }, "还没有消息。")),
      button("通知方式", () => app.go("channels"), "plain big")),
  };
}

function line(app, one) {
  const at = new URLSearchParams({ id: one.subject_id, ...(one.school_id && { school: one.school_id }) });
  const open = () => app.open(`pages/${one.subject_kind}/index?${at}`);
  return h("button", { type: "button", onclick: open },
    h("b", {}, one.read ? null : h("span", { class: "dot", role: "img", "aria-label": "未读" }, "●"), one.title),
    one.facts.text
      ? h("small", { class: "text" }, one.facts.text)
      : h("small", {}, [one.facts.school, one.facts.title].filter(Boolean).join("　")),
    one.standing === "holds" && one.facts.next && h("small", {}, one.facts.next),
    h("small", {}, [time(one.at), one.standing_name, one.resent_at && `${time(one.resent_at)} 重发`].filter(Boolean).join("　")));
}
