import { h, time } from "../dom.js";
import { acting, button, toast } from "../parts.js";

const TICKET = /\/desk\/t\/([A-Za-z0-9_-]{32})$/;
const SCREEN = "shandu:screen";

/** Point the phone at a screen that shows the desk's code. This phone has no camera: it takes the code of a
 * screen open in this very browser, or one that is pasted. */
export async function desk(app) {
  const text = h("input", { "aria-label": "登录码的内容", placeholder: "粘贴登录二维码的内容", autocomplete: "off", value: localStorage.getItem(SCREEN) || "" });
  const seen = h("div", { "aria-live": "polite" });

  async function scan() {
    const ticket = TICKET.exec(text.value.trim())?.[1];
    if (!ticket) throw new Error("这不是网页工作台的登录码。");
    const found = await app.api.post("/desk-tickets/scan", { ticket });
    localStorage.removeItem(SCREEN);
    const answer = async (verb, words) => {
      await app.api.post(`/desk-tickets/${verb}`, { ticket });
      toast(words);
      app.go("home");
    };
    const no = acting("不是我，拒绝", () => answer("refuse", "已拒绝那台电脑登录"), "");
    const yes = acting("登录", () => answer("confirm", "已登录，请看电脑屏幕"));
    seen.replaceChildren(h("section", {},
      h("h2", {}, "要登录这台电脑吗？"),
      h("dl", { class: "asking" },
        h("dt", {}, "浏览器"), h("dd", {}, found.browser),
        h("dt", {}, "网络地址"), h("dd", {}, found.address, h("small", {}, found.same_network ? "与这台手机在同一网络" : "与这台手机不在同一网络；用手机流量时也会这样")),
        h("dt", {}, "时间"), h("dd", {}, time(found.made_at)),
        h("dt", {}, "核对数字"), h("dd", { class: "digits" }, found.check)),
      h("p", {}, "请确认电脑就在您面前，屏幕上的核对数字与这里一致。别人发来的码不要登录。"),
      h("div", { class: "row" }, no, yes)));
    yes.focus();
  }

  return {
    title: "扫码登录网页",
    back: ["home"],
    content: h("div", {},
      h("section", {}, h("p", {}, "在电脑上打开网页工作台（本站 /desk/），对准屏幕上的二维码。"), text,
        h("div", { class: "row" }, acting("识别二维码", scan))),
      seen,
      h("div", { class: "row" }, button("查看登录设备", () => app.go("devices")))),
  };
}
