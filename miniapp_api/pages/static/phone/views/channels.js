import { fill, h } from "../dom.js";
import { acting, button, toast } from "../parts.js";

/** By which channels, and in which order, I am told of which kinds. The inbox has everything in any case. */
export async function channels(app) {
  const found = await app.api.get("/me/channels");
  const open = found.channels.filter((one) => one.open);
  return {
    title: "通知方式",
    back: ["inbox"],
    content: h("div", {},
      h("p", { class: "quiet" }, "前一种通知不到，才用后一种。站内消息始终都有。"),
      found.groups.map((group) => card(app, group, open))),
  };
}

function card(app, group, open) {
  const titles = Object.fromEntries(open.map((one) => [one.name, one.title]));
  const list = h("ol", { class: "order" });
  let chosen = group.channels.filter((name) => titles[name]);
  const back = h("div", {});

  async function save(channels, said) {
    await app.api.put(`/me/channels/${group.group}`, { channels });
    toast(said);
  }
  function draw(own) {
    const rest = open.filter((one) => group.choices.includes(one.name) && !chosen.includes(one.name));
    fill(list, chosen.map((name, place) => h("li", {}, h("span", {}, titles[name]),
      place > 0 && button("提前", () => change(chosen.with(place - 1, name).with(place, chosen[place - 1])), "plain"),
      chosen.length > 1 && button("不用", () => change(chosen.filter((one) => one !== name)), "plain"))),
    rest.map((one) => h("li", { class: "off" }, h("span", {}, one.title), button("启用", () => change([...chosen, one.name]), "plain"))));
    fill(back, own && acting("恢复默认", async () => { await save([], "已恢复默认"); app.go("channels"); }, "plain"));
  }
  async function change(next) {
    const before = chosen;
    chosen = next;
    draw(true);
    try {
      await save(chosen, "已保存");
    } catch (fault) {
      chosen = before;
      draw(group.own);
      toast(fault.message, "bad");
    }
  }
  draw(group.own);
  return h("section", {}, h("h2", {}, group.title), list, back);
}
