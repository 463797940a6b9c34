import { fill, h, newId } from "../dom.js";
import { acting, labelled, photoPicker, toast } from "../parts.js";
import { forget, keep, kept } from "../store.js";

/** Report something wrong outside a visit, at a school of mine. */
export async function report(app) {
  const schools = app.me.posts.filter((post) => post.school_id && post.rights.includes("report"));
  if (!schools.length) return { title: "反映问题", back: ["home"], content: h("p", {}, "请在学校的岗位下反映问题。") };
  const body = kept(app.user, "report") || { request_id: newId(), school_id: schools[0].school_id, title: "", words: "", photos: [] };
  const changed = () => keep(app.user, "report", body);
  const pictures = h("div", {});
  // photos belong to a school: another school begins without any
  const draw = () => fill(pictures, photoPicker(app, body.school_id, "problem", body.photos, 6, changed, "反映的问题"));
  draw();
  const where = h("select", { onchange: () => { Object.assign(body, { school_id: Number(where.value), photos: [] }); changed(); draw(); } },
    schools.map((post) => h("option", { value: post.school_id, selected: post.school_id === body.school_id }, post.school_name)));
  return {
    title: "反映问题",
    back: ["home"],
    content: h("section", {},
      schools.length > 1 ? h("label", { class: "field" }, "学校", where) : h("p", {}, h("b", {}, schools[0].school_name)),
      labelled("什么问题", "input", body, "title", changed, 60),
      labelled("说明", "textarea", body, "words", changed),
      pictures,
      acting("提交", async () => {
        app.askConsent();
        const made = await app.api.post("/problems", body).catch((fault) => {
          // what was sent before stands; what is written now is another report
          if (fault.code === "request_reused") { body.request_id = newId(); changed(); }
          throw fault;
        });
        forget(app.user, "report");
        toast("已提交，处理的每一步您都看得到。");
        app.go("problem", { id: made.id });
      }, "primary big")),
  };
}
