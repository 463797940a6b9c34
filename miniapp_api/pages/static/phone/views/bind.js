import { fill, h, time } from "../dom.js";
import { acting } from "../parts.js";

/** A code with which the person binds their own identity in the official account or in WeCom. */
export async function bind(app) {
  const shown = h("div", { role: "status" });
  const make = async () => {
    const made = await app.api.post("/me/chat-codes", {});
    fill(shown, h("p", { class: "chat-code" }, made.code),
      h("p", { class: "quiet" }, `到公众号或企业微信“膳督”里回复“绑定 ${made.code}”，${time(made.expires_at)}前有效，只能用一次。不要给别人看。`));
  };
  return {
    title: "绑定公众号、企业微信",
    back: ["home", {}],
    content: h("section", {}, h("p", {}, "绑定后，可以在公众号或企业微信里办待办、拍照整改、核查。"),
      acting("取得绑定码", make, "primary big"), shown),
  };
}
