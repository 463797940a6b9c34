import { fill, h } from "../dom.js";

const AFTER_CHANGE_MS = 300;
const AGAIN_MS = 3000;

/** The school's rotating code: new every minute, so a scan proves its minute. */
export async function code(app) {
  const post = app.me.posts.find((one) => one.rights.includes("show_code") && one.school_id);
  const box = h("div", { class: "rotating" });
  let timer;
  async function draw() {
    const [now, present] = await Promise.all([
      app.api.get(`/schools/${post.school_id}/rotating-code`), fetch("/demo/now").then((answer) => answer.json())]);
    fill(box, h("h2", {}, post.school_name),
      h("img", { src: `/demo/qr.svg?${new URLSearchParams({ text: now.url })}`, alt: "签到动态码" }),
      h("p", { class: "quiet" }, "每分钟更换一次，请用微信扫一扫签到"),
      h("label", { class: "quiet" }, "码的内容", h("input", { readonly: true, value: now.url, onfocus: (event) => event.target.select() })));
    timer = setTimeout(renew, Math.max(0, new Date(now.changes_at) - new Date(present.now)) + AFTER_CHANGE_MS);
  }
  const renew = () => draw().catch(() => { timer = setTimeout(renew, AGAIN_MS); });
  await draw();
  return { title: "签到动态码", back: ["home"], content: box, stop: () => clearTimeout(timer) };
}
