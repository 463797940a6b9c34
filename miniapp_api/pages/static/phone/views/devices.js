import { fill, h, time } from "../dom.js";
import { acting } from "../parts.js";

/** The phones and browsers signed in with my WeChat; any of them can be signed out. */
export async function devices(app) {
  const list = h("div", {});
  async function draw() {
    const found = await app.api.get("/sessions");
    fill(list, found.map((one) => h("section", {},
      h("b", {}, one.device || "未说明的设备", one.current && h("small", {}, "这台手机")),
      h("small", {}, `登录 ${time(one.created_at)}　最近使用 ${one.last_seen_on || "—"}`),
      !one.current && h("div", { class: "row" }, acting("退出", async () => { await app.api.remove(`/sessions/${one.id}`); await draw(); }, "")))));
  }
  await draw();
  return { title: "登录设备", back: ["home"], content: list };
}
