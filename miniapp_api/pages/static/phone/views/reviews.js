import { h, time } from "../dom.js";
import { acting, button, labelled, sheet, thumbnails } from "../parts.js";

const WHAT = { words: "文字", photo: "照片", visit: "入校记录中的文字", reply: "学校的答复" };

/** What the content check leaves to an officer of the division. */
export async function reviews(app, given) {
  const found = await app.api.get(`/content-checks?division=${encodeURIComponent(given.id)}`);
  return {
    title: "内容审核",
    back: ["home"],
    content: found.items.length ? h("div", {}, found.items.map((one) => line(app, given.id, one)))
      : h("p", { class: "quiet" }, "没有等待审核的内容。"),
  };
}

function line(app, division, one) {
  const decide = (act) => async () => { await act(); app.go("reviews", { id: division }); };
  return h("section", {}, h("b", {}, `${one.school_name}　${WHAT[one.content]}`), h("small", {}, time(one.created_at)),
    one.words && h("p", {}, one.words), one.photo && thumbnails(app, [one.photo]),
    h("div", { class: "row" }, button("不予公开", () => refuse(app, division, one)),
      acting("允许公开", decide(() => app.api.post(`/content-checks/${one.id}/allow`)))));
}

async function refuse(app, division, one) {
  const said = { reason: "" };
  const done = await sheet("不予公开", (close) => h("div", {}, labelled("理由（作者会看到）", "textarea", said, "reason", () => {}, 200),
    h("div", { class: "row" }, button("取消", () => close(false)),
      acting("确定", async () => { await app.api.post(`/content-checks/${one.id}/refuse`, said); close(true); }))));
  if (done) app.go("reviews", { id: division });
}
