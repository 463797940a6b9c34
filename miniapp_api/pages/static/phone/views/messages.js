import { fill, h, time } from "../dom.js";

/** WeChat's service notifications; each opens the page it names. */
export async function messages(app) {
  const list = h("div", { class: "cards" });
  async function draw() {
    const found = await app.wx.messages(true);
    fill(list, found.length ? [...found].reverse().map((message) => card(app, message)) : h("p", { class: "quiet" }, "还没有消息。"));
  }
  await draw();
  const timer = setInterval(() => draw().catch(() => {}), 3000);
  document.getElementById("screen").addEventListener("left", () => clearInterval(timer), { once: true });
  return { title: "服务通知", content: list };
}

function card(app, message) {
  const page = /pages\/(\w+)\/index\?id=(\d+)/.exec(message.page);
  const open = () => page && app.go(page[1], { id: page[2] });
  return h("button", { type: "button", class: "card", onclick: open },
    h("small", {}, "膳督"),
    h("b", {}, message.title),
    h("dl", {}, message.fields.map((field) => [h("dt", {}, field.label), h("dd", {}, field.value)])),
    h("small", {}, time(message.at), "　查看详情 ›"));
}
