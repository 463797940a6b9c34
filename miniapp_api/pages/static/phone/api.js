/** The API as the mini-program calls it. Errors carry the sentence to show. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || "请求未能完成，请稍后重试。");
    this.status = status;
    this.code = problem.code;
    this.facts = problem.facts || {};
  }
}

const OFFLINE = { detail: "网络不通。已填写的内容保留在手机里，请稍后再试。", code: "offline" };

export function api(token) {
  async function ask(method, path, body, raw = false) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const isForm = body instanceof FormData;
    if (body && !isForm) headers["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(`/api${path}`, { method, headers, body: body && !isForm ? JSON.stringify(body) : body });
    } catch {
      throw new Refused(0, OFFLINE);
    }
    if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
    if (raw) return answer.blob();
    return answer.status === 204 ? null : answer.json();
  }
  const pictures = new Map();
  return {
    get: (path) => ask("GET", path),
    post: (path, body = {}) => ask("POST", path, body),
    remove: (path) => ask("DELETE", path),
    put: (path, body = {}) => ask("PUT", path, body),
    /** A file to save. */
    file: (path) => ask("GET", path, undefined, true),
    /** Send a table to be checked. */
    table(kind, file) {
      const form = new FormData();
      form.append("file", file, file.name);
      return ask("POST", `/imports?${new URLSearchParams({ kind, name: file.name.slice(-100) })}`, form);
    },
    /** Send a picture; the same id again is the same picture. */
    async photo(schoolId, purpose, blob, requestId) {
      const form = new FormData();
      form.append("file", blob, "photo.jpg");
      const query = new URLSearchParams({ school_id: schoolId, purpose, request_id: requestId });
      return (await ask("POST", `/photos?${query}`, form)).key;
    },
    /** An address of a picture that this page may show. */
    async picture(key) {
      if (!pictures.has(key)) pictures.set(key, URL.createObjectURL(await ask("GET", `/photos/${key}`, undefined, true)));
      return pictures.get(key);
    },
  };
}
