import { h, newId } from "../dom.js";
import { acting, photoPicker, toast } from "../parts.js";

/** Report something wrong outside a visit. */
export async function report(app) {
  const post = app.me.posts.find((one) => one.school_id && one.rights.includes("report"));
  if (!post) return { title: "反映问题", back: true, content: h("p", {}, "请在学校的岗位下反映问题。") };
  const body = { request_id: newId(), school_id: post.school_id, title: "", words: "", photos: [] };
  return {
    title: "反映问题",
    back: true,
    content: h("section", {},
      h("p", {}, post.school_name),
      h("label", { class: "field" }, "什么问题", h("input", { maxlength: 60, oninput: (event) => { body.title = event.target.value; } })),
      h("label", { class: "field" }, "说明", h("textarea", { maxlength: 500, oninput: (event) => { body.words = event.target.value; } })),
      photoPicker(app, post.school_id, "problem", body.photos, 6, () => {}, "问题照片"),
      acting("提交", async () => {
        const made = await app.api.post("/problems", body);
        toast("已提交，处理的每一步您都看得到。");
        app.go("problem", { id: made.id });
      }, "primary big")),
  };
}
