import { fill, h, time } from "../dom.js";
import { button } from "../parts.js";

/** WeChat's service notifications; each opens the page it names. */
export async function messages(app) {
  const list = h("div", { class: "cards" });
  let known = -1;
  async function draw() {
    const found = await app.wx.messages(true);
    if (found.length === known) return;
    known = found.length;
    fill(list, known ? [...found].reverse().map((message) => card(app, message)) : h("p", { class: "quiet" }, "还没有消息。"));
  }
  await draw();
  const timer = setInterval(() => draw().catch(() => {}), 3000);
  const others = h("section", { class: "row" },
    button("公众号", () => app.go("chat", { in: "official" })),
    button("企业微信", () => app.go("chat", { in: "wecom" })),
    button("短信", () => app.go("texts")));
  return { title: "服务通知", content: h("div", {}, others, list), stop: () => clearInterval(timer) };
}

function card(app, message) {
  return h("button", { type: "button", class: "card", onclick: () => app.open(message.page) },
    h("small", {}, `膳督　${time(message.at)}`),
    h("b", {}, message.title),
    h("dl", {}, message.fields.map((field) => [h("dt", {}, field.label), h("dd", {}, field.value)])),
    h("small", { class: "more" }, "进入小程序查看 ›"));
}
