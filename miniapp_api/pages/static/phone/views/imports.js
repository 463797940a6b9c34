import { fill, h, time } from "../dom.js";
import { acting, button, save, toast } from "../parts.js";

const KINDS = { schools: "学校", canteens: "食堂", people: "人员", committees: "家委会名单", assignments: "督学分工", guardians: "家长和孩子" };
const STAGES = { read: "读取", check: "核对", write: "写入" };
const STATES = { waiting: "排队中", working: "核对中", checked: "核对通过，可以导入", faulty: "有错，没有导入", refused: "不能读取", committing: "导入中", done: "已导入" };
const RUNNING = ["waiting", "working", "committing"];
const PULSE_MS = 700;
const SUFFIX = /\.(xlsx|csv)$/i;
const ONLY = "只收 .xlsx 或 .csv 文件。";

/** The tables that my posts send: a division's, and the aspects and registers of the ledger that they fill in. */
async function kindsOf(app) {
  const mine = app.me.posts.filter((post) => post.rights.includes("keep_ledger"));
  const kinds = new Set(mine.map((post) => post.kind));
  if (!kinds.size) return KINDS;
  const [aspects, registers] = await Promise.all([app.api.get("/ledger/aspects"), app.api.get("/ledger/registers")]);
  const filled = [
    ...aspects.filter((one) => kinds.has(one.owner) || (kinds.has("head") && one.owner !== "county")),
    ...registers.filter((one) => one.writing.some((post) => kinds.has(post))),
  ].map((one) => [one.code, `台账：${one.name}`]);
  return { ...(app.may("import") ? KINDS : {}), ...Object.fromEntries(filled) };
}

/** Where this month's entries of an aspect are given away; a register has no months. */
async function exported(app, code) {
  const held = app.me.posts.find((post) => post.rights.includes("keep_ledger"));
  const place = held.school_id ? `/schools/${held.school_id}` : `/divisions/${held.division_code}`;
  const registers = await app.api.get("/ledger/registers");
  return `${place}/ledger/${registers.some((one) => one.code === code) ? "registers" : "aspects"}/${code}/workbook`;
}

/** Send a table, see what is wrong with it, then have it written. */
export async function imports(app) {
  const names = await kindsOf(app);
  const kind = h("select", { "aria-label": "表格种类", onchange: offer }, Object.entries(names).map(([code, name]) => h("option", { value: code }, name)));
  const chosen = h("span", { class: "quiet", role: "status" }, "还没有选择文件");
  const file = h("input", { type: "file", accept: ".xlsx,.csv", "aria-label": "文件", hidden: true, onchange: choose });
  const earlier = h("section", { hidden: true });
  const shown = h("section", { hidden: true, "aria-live": "polite" });
  let timer = null;
  // whether what is shown was still running when last seen: at its end the list below changes too
  let watched = false;
  let looked = null;

  function choose() {
    const one = file.files[0];
    if (one && !SUFFIX.test(one.name)) {
      file.value = "";
      toast(ONLY, "bad");
    }
    chosen.textContent = file.files[0]?.name || "还没有选择文件";
  }

  // only what is kept in the ledger can be given away again
  const filled = app.may("keep_ledger") && acting("下载本月已填", ledger, "");
  function offer() {
    if (filled) filled.hidden = kind.value in KINDS;
  }

  async function ledger() {
    await save(app, await exported(app, kind.value), `${names[kind.value]}.xlsx`);
  }

  async function send() {
    const one = file.files[0];
    if (!one) throw new Error("请先选择文件。");
    show(await app.api.table(kind.value, one));
    await listEarlier();
  }

  async function commit(id) {
    show(await app.api.post(`/imports/${id}/commit`));
    await listEarlier();
  }

  async function listEarlier() {
    const found = await app.api.get("/imports");
    earlier.hidden = !found.length;
    fill(earlier, h("h2", {}, "以前的文件"), h("div", { class: "list" }, found.map((one) =>
      button(`${one.kind_name} ${one.name}　${STATES[one.state]}　${time(one.created_at)}`, () => follow(one.id)))));
  }

  async function follow(id) {
    clearTimeout(timer);
    looked = id;
    try {
      const one = await app.api.get(`/imports/${id}`);
      // an answer about a file that is not looked at any more comes too late
      if (looked === id) show(one);
    } catch (fault) {
      if (!watched) throw fault;
      timer = setTimeout(() => follow(id), 5 * PULSE_MS);
    }
  }

  function show(one) {
    shown.hidden = false;
    looked = one.id;
    clearTimeout(timer);
    const running = RUNNING.includes(one.state);
    fill(shown,
      h("h2", {}, `${one.kind_name}：${one.name}`),
      h("p", {}, h("b", {}, STATES[one.state]), running && one.rows_done ? `　${STAGES[one.stage]} ${one.rows_done}${one.rows_total ? `/${one.rows_total}` : ""} 行` : ""),
      running && h("progress", one.rows_total ? { max: one.rows_total, value: one.rows_done, "aria-label": "进度" } : { "aria-label": "进度" }),
      one.said && h("p", { class: "bad" }, one.said),
      ["checked", "done"].includes(one.state) && h("p", {}, `新增${one.new}条，更改${one.changed}条，不变${one.same}条`),
      one.unused.length > 0 && h("p", {}, `没有用到的列：${one.unused.join("、")}`),
      one.fault_count > 0 && h("p", {}, `共${one.fault_count}处需要改正，改好后重新上传整个文件。`),
      lines(one.faults), one.warning_count > 0 && h("p", {}, `${one.warning_count}处提醒`), lines(one.warnings),
      one.marked_copy && acting("下载标注件", () => save(app, `/imports/${one.id}/marked-copy`, `${one.name}（标注）.xlsx`), ""),
      one.state === "checked" && acting("确认导入", () => commit(one.id), "primary big"));
    if (running) timer = setTimeout(() => follow(one.id), PULSE_MS);
    else if (watched) listEarlier().catch(() => {});
    watched = running;
  }

  offer();
  await listEarlier();
  return {
    title: "导入表格",
    back: ["home"],
    stop: () => clearTimeout(timer),
    content: h("div", {},
      h("section", {}, h("label", {}, "种类 ", kind),
        h("div", { class: "row" }, acting("下载空表", () => save(app, `/templates/${kind.value}`, `${names[kind.value]}导入表.xlsx`), ""),
          filled),
        h("div", { class: "row" }, file, button("选择文件", () => file.click()), chosen),
        acting("上传核对（不写入）", send, "primary big")),
      shown, earlier),
  };
}

function lines(faults) {
  return faults.length > 0 && h("ul", { class: "lines" }, faults.map((one) => h("li", {}, h("span", {}, `第${one.row}行 ${one.column}`, h("small", {}, one.said)))));
}
