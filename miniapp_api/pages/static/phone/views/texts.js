import { fill, h, time } from "../dom.js";

/** The phone's short messages: what is urgent and could not be told by WeChat. */
export async function texts(app) {
  const list = h("div", { class: "cards" });
  let known = -1;
  async function draw() {
    const found = await app.wx.texts();
    if (found.length === known) return;
    known = found.length;
    fill(list, known
      ? [...found].reverse().map((one) => h("section", {}, h("small", {}, time(one.at)), h("p", {}, one.text)))
      : h("p", { class: "quiet" }, "还没有短信。短信只发超期、上报一类的急事，并且要由教体局开通。"));
  }
  await draw();
  const timer = setInterval(() => draw().catch(() => {}), 3000);
  return { title: "短信", back: ["messages"], content: list, stop: () => clearInterval(timer) };
}
