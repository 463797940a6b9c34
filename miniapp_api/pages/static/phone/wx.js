/** What WeChat itself does on a phone, here over the sandbox: one object for each phone. */
const BASE = "/sandbox/phones";

async function ask(method, path, body) {
  const answer = await fetch(BASE + path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  if (!answer.ok) throw new Error("连不上微信（仿真）");
  return answer.json();
}

export function wx(user) {
  const mine = `/${encodeURIComponent(user)}`;
  return {
    own: (nickname, phone) => ask("PUT", mine, { nickname, phone }),
    login: async () => (await ask("POST", `${mine}/login`, {})).code,
    phoneNumber: async () => (await ask("POST", `${mine}/phone-number`, {})).code,
    subscribe: (choices) => ask("POST", `${mine}/subscribe`, { choices }),
    messages: async (read = false) => (await ask("GET", `${mine}/messages${read ? "?read=1" : ""}`)).messages,
    unread: async () => (await ask("GET", mine)).unread,
  };
}
