import { fill, h } from "../dom.js";
import { trying } from "../parts.js";

/** The school's rotating code: new every minute, so a scan proves its minute. */
export async function code(app) {
  const post = app.me.posts.find((one) => one.rights.includes("show_code") && one.school_id);
  const box = h("div", { class: "rotating" });
  let timer;
  async function draw() {
    const now = await app.api.get(`/schools/${post.school_id}/rotating-code`);
    fill(box, h("img", { src: `/demo/qr.svg?text=${encodeURIComponent(now.url)}`, alt: "签到动态码" }),
      h("p", {}, `${post.school_name}`), h("p", { class: "quiet" }, "每分钟更换一次，请用微信扫一扫签到"), h("input", { readonly: true, "aria-label": "动态码内容", value: now.url }));
    timer = setTimeout(() => trying(draw), 20000);
  }
  await draw();
  document.getElementById("screen").addEventListener("left", () => clearTimeout(timer), { once: true });
  return { title: "签到动态码", back: true, content: box };
}
