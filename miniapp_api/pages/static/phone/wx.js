/** What WeChat itself does on a phone, here over the sandbox: one object for each phone. */
import { h } from "./dom.js";
import { button, sheet, toast } from "./parts.js";
import { keep, kept } from "./store.js";

const BASE = "/sandbox";
const ASK_AGAIN_MS = 20_000;

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Error("连不上微信（仿真）");
  }
  if (!answer.ok) throw new Error("微信（仿真）没有接受这次操作");
  return answer.json();
}

export function wx(user) {
  const mine = `/phones/${encodeURIComponent(user)}`;
  let asked = 0;
  return {
    own: (nickname, phone) => ask("PUT", mine, { nickname, phone }),
    login: async () => (await ask("POST", `${mine}/login`, {})).code,
    phoneNumber: async () => (await ask("POST", `${mine}/phone-number`, {})).code,
    messages: async (read = false) => (await ask("GET", `${mine}/messages${read ? "?read=1" : ""}`)).messages,
    texts: async () => (await ask("GET", `${mine}/texts?read=1`)).texts,
    unread: async () => (await ask("GET", mine)).unread,
    /** The chats beside the mini-program: `kind` is official or wecom. Who is not there yet has an empty one. */
    async chat(kind) {
      const found = await fetch(`${BASE}${mine}/${kind}?read=1`);
      if (found.status === 404) return { following: false, lines: [] };
      const said = await found.json();
      return { following: said.following ?? said.visible, lines: said.lines };
    },
    follow: (kind) => ask("POST", `${mine}/${kind}/${kind === "official" ? "follow" : "join"}`, {}),
    say: (kind, content) => ask("POST", `${mine}/${kind}/text`, { content }),
    click: (kind, key) => ask("POST", `${mine}/${kind}/click`, { key }),
    press: (kind, message, key) => ask("POST", `${mine}/${kind}/press`, { message, key }),
    media: (kind, id) => kind === "official" ? `${BASE}${mine}/official/media/${id}` : `${BASE}/wecom/media/${id}`,
    async show(kind, picture) {
      const answer = await fetch(`${BASE}${mine}/${kind}/image`, { method: "POST", body: picture });
      if (!answer.ok) throw new Error("微信（仿真）没有接受这张照片");
    },
    /** After a tap only, as WeChat has it: one consent is one message of each kind. */
    async requestSubscribeMessage(templates) {
      if (Date.now() - asked < ASK_AGAIN_MS || !templates.length) return;
      asked = Date.now();
      try {
        const choices = kept(user, "always") || await consent(user, templates);
        await ask("POST", `${mine}/subscribe`, { choices });
      } catch (fault) {
        toast(fault.message, "bad");
      }
    },
  };
}

async function consent(user, templates) {
  const known = await ask("GET", "/templates");
  const titles = Object.fromEntries(known.map((one) => [one.id, one.title]));
  const boxes = templates.map((id) => h("input", { type: "checkbox", checked: true, name: id }));
  const always = h("input", { type: "checkbox" });
  const agreed = await sheet("“膳督”申请给您发送通知", (close) => h("div", {},
    h("ul", { class: "consents" }, templates.map((id, number) => h("li", {}, h("label", {}, boxes[number], titles[id] || id)))),
    h("label", { class: "quiet" }, always, "总是保持以上选择，不再询问"),
    h("div", { class: "row" }, button("取消", () => close(false)), button("允许", () => close(true), "primary"))));
  const choices = Object.fromEntries(boxes.map((box) => [box.name, agreed && box.checked ? "accept" : "reject"]));
  if (always.checked) keep(user, "always", choices);
  return choices;
}
